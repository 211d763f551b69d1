import { normaliseText } from "@lib/signature/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";

/** Signs that Unicode folding, lower case or the stripping of punctuation treat in their own way. */
const SIGNS = [..."a5.,:;-–−!?\"'“”½²ⅧﬁßẞİıςΣéΐ가\u0301\u0323\u00a0\u200b\ufeff👍 \n/()⁄"];

Deno.test("normaliseText() drops case, outer and double spaces and sentence punctuation", () => {
  for (
    const [text, expected] of [
      ["  “Hello”,\t World!\r\n", "hello world"],
      ["(yes); [no]: {maybe}…", "yes no maybe"],
      ["«Où?» l’été", "où l été"],
      ["A.", "a"],
      ["\ufeffa\u00a0b", "a b"],
    ] as const
  ) assert.equal(normaliseText(text), expected);
});

Deno.test("normaliseText() keeps apart what SQuAD's normalisation merges", () => {
  // EM('-5', '5') and EM('3.14', '314') are true in dspy and ax: reference programs.md, section 2.4
  const pairs = [
    ["-5", "5"],
    ["\u22125", "5"],
    ["3.14", "314"],
    ["1/2", "12"],
    ["½", "12"],
    ["1½", "11/2"],
    ["10²", "102"],
    ["1,200", "1 200"],
    ["10:30", "1030"],
    ["5%", "5"],
    ["$5", "5"],
    [".5", "5"],
    ["C++", "C"],
    ["C#", "C"],
    ["a", "the"],
    ["an apple", "apple"],
  ] as const;
  for (const [a, b] of pairs) assert.notEqual(normaliseText(a), normaliseText(b), `${a} ${b}`);
});

Deno.test("normaliseText() takes spellings of one value for the same", () => {
  const pairs = [
    ["\u22125", "-5"],
    ["½", "1/2"],
    ["10²", "10^2"],
    ["e\u0301", "\u00e9"],
    ["J\u030c", "\u01f0"],
    ["3.14.", "3.14"],
    [
      "no\u2011one",
      "no-one",
    ],
  ] as const;
  for (const [a, b] of pairs) assert.equal(normaliseText(a), normaliseText(b), `${a} ${b}`);
});

Deno.test("normaliseText() keeps the answer a, and a text of punctuation alone", () => {
  assert.equal(normaliseText("a"), "a");
  assert.equal(normaliseText("An"), "an");
  assert.equal(normaliseText(" ?! "), "?!");
  assert.equal(normaliseText("..."), normaliseText("…"));
  assert.equal(normaliseText(""), "");
});

Deno.test("normaliseText() changes nothing the second time", () => {
  const hostile = fc.string({ unit: fc.constantFrom(...SIGNS) });
  fc.assert(
    fc.property(hostile, (text) => {
      const once = normaliseText(text);
      assert.equal(normaliseText(once), once);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("normaliseText() never makes something of nothing, nor nothing of something", () => {
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(...SIGNS) }), (text) => {
    assert.equal(normaliseText(text) === "", text.normalize("NFKC").trim() === "");
  }));
});

Deno.test("normaliseText() gets through 400,000 spaces, points and quotes", () => {
  for (const unit of [" ", ".", '"', "\u2013", "5.", "a "]) {
    assert(normaliseText(unit.repeat(400_000 / unit.length)).length <= 400_000);
  }
});
