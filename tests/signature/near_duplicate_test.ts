import { NEAR_DUPLICATE_JACCARD, nearDuplicate, nearDuplicates, normaliseText } from "@lib/signature/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";

const LONG = "the enamel stockpot was promised for tuesday and today is friday of the same week so i ask " +
  "what i get back for three days of waiting without any word from the shop or the carrier";

/** Texts of few different words, so that many are alike. */
const texts = fc.array(fc.constantFrom("a", "b", "c", "7", "-7", "d."), { maxLength: 26 }).map((words) =>
  words.join(" ")
);

/** A text, and what is left of it after a few words were changed. */
const edited = fc.record({
  words: fc.array(fc.constantFrom(..."abcdefghijklmnop"), { minLength: 1, maxLength: 40 }),
  changes: fc.array(fc.record({ at: fc.nat(39), word: fc.constantFrom("x", "y", "a") }), { maxLength: 3 }),
}).map(({ words, changes }) => {
  const copy = [...words];
  for (const { at, word } of changes) copy[at % copy.length] = word;
  return [words.join(" "), copy.join(" ")] as const;
});

Deno.test("nearDuplicate() takes texts that differ in case, spaces and punctuation for the same", () => {
  assert(nearDuplicate("  Where’s my “parcel”?", "where s my parcel"));
  assert(nearDuplicate("", "  "));
  assert(nearDuplicate("?!", "?!"));
  assert(!nearDuplicate("?!", "!?"));
});

Deno.test("nearDuplicate() keeps texts apart that differ in a number or a sign", () => {
  assert(!nearDuplicate("3.14", "314"));
  assert(!nearDuplicate("-5", "5"));
  assert(!nearDuplicate("refund 20 % of the price", "refund 30 % of the price"));
});

Deno.test("nearDuplicate() finds a long text with one word changed, added or left out", () => {
  assert(nearDuplicate(LONG, LONG.replace("carrier", "courier")));
  assert(nearDuplicate(LONG, LONG.replace("waiting", "patient waiting")));
  assert(nearDuplicate(LONG, LONG.replace("any ", "")));
  assert(!nearDuplicate(LONG, LONG.split(" ").reverse().join(" ")));
});

Deno.test("nearDuplicate() compares words below 8 words, pairs below 20, and else triples", () => {
  const words = (count: number) => Array.from({ length: count }, (_, index) => `w${index}`);
  const swapped = (count: number) => words(count).with(0, "w1").with(1, "w0").join(" ");
  assert(nearDuplicate(words(7).join(" "), swapped(7))); // the same words
  assert(!nearDuplicate(words(8).join(" "), swapped(8))); // 5 of 7 pairs, 5/9
  const ends = (count: number) => words(count).with(count - 1, "other").join(" ");
  assert(!nearDuplicate(words(9).join(" "), ends(9))); // 7 of 8 pairs, 7/9
  assert(nearDuplicate(words(10).join(" "), ends(10))); // 8 of 9 pairs, 8/10: the threshold itself
  const middle = (count: number) => words(count).with(5, "other").join(" ");
  assert(nearDuplicate(words(19).join(" "), middle(19))); // 16 of 18 pairs, 16/20
  assert(!nearDuplicate(words(20).join(" "), middle(20))); // 15 of 18 triples, 15/21
  assert.equal(NEAR_DUPLICATE_JACCARD, 0.8);
});

Deno.test("nearDuplicate() counts repeated words once", () => {
  assert(nearDuplicate("help help help", "help"));
});

Deno.test("nearDuplicate() is reflexive and symmetric, and never tells apart what folds to the same", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => {
    assert(nearDuplicate(text, text));
    assert(nearDuplicate(text, normaliseText(text)));
  }));
  fc.assert(fc.property(fc.oneof(edited, fc.tuple(texts, texts)), ([a, b]) => {
    assert.equal(nearDuplicate(a, b), nearDuplicate(b, a));
  }));
});

Deno.test("nearDuplicate() finds nothing in texts without a word in common", () => {
  fc.assert(fc.property(fc.array(fc.constantFrom("a", "b"), { minLength: 1 }), (words) => {
    assert(
      !nearDuplicate(words.join(" "), words.join(" ").toUpperCase().replace(/A/g, "x").replace(/B/g, "y")),
    );
  }));
});

Deno.test("nearDuplicates() finds exactly what comparing every pair finds", () => {
  let found = 0;
  const pairs = fc.oneof(edited, fc.tuple(texts, texts), fc.tuple(fc.string(), fc.string()));
  fc.assert(
    fc.property(fc.array(pairs, { minLength: 1, maxLength: 20 }), (drawn) => {
      const all = drawn.flat();
      const index = nearDuplicates(all);
      for (const text of [...all, "unseen", ""]) {
        const expected = all.flatMap((other, position) => nearDuplicate(text, other) ? [position] : []);
        found += expected.length;
        assert.deepEqual(index.find(text), expected);
      }
    }),
    { numRuns: 300 },
  );
  assert(found > 1000, `${found} pairs were alike`);
});

Deno.test("nearDuplicates() compares few pairs of many texts that share their phrases", () => {
  // every text has the same 18 of 30 words, so that a plain inverted index would compare all pairs
  const frame = LONG.split(" ").slice(0, 18).join(" ");
  const own = (text: number) => Array.from({ length: 12 }, (_, at) => `n${text}x${at}`).join(" ");
  const many = Array.from({ length: 1000 }, (_, text) => `${frame} ${own(text)}`);
  const index = nearDuplicates(many);
  many.forEach((text, position) => assert.deepEqual(index.find(text), [position]));
});

Deno.test("nearDuplicates() of no texts finds nothing", () => {
  assert.deepEqual(nearDuplicates([]).find("a"), []);
});
