import { canonicalValue, likeness } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";

const text = { by: "text" } as const;

Deno.test("text does not mind case, spaces, sentence punctuation and the form of letters", () => {
  for (
    const [a, b] of [["Hello,  World!", "hello world"], ["\u00e9t\u00e9", "E\u0301TE\u0301"], ["“A.”", "a"]]
  ) {
    assert.equal(likeness(a, b, text).score, 1, `${a} ${b}`);
  }
});

Deno.test("text keeps signs, decimals, fractions and the answer a apart", () => {
  for (const [a, b] of [["-5", "5"], ["3.14", "314"], ["1/2", "12"], ["a", "the"], ["a", ""], ["5²", "52"]]) {
    assert.equal(likeness(a, b, text).score, 0, `${a} ${b}`);
    assert.notEqual(canonicalValue(a, text), canonicalValue(b, text));
  }
});

Deno.test("text takes declared synonyms, normalised, on both sides", () => {
  const options = { by: "text", synonyms: { "N.Y.C.": "New York" } } as const;
  assert.equal(likeness("n y c", "new york!", options).score, 1);
  assert.equal(likeness("New York", "N.Y.C.", options).score, 1);
  assert.equal(likeness("Boston", "N.Y.C.", options).score, 0);
});

Deno.test("text compares a value that is no text by its JSON", () => {
  assert.equal(likeness(5, "5", text).score, 1);
  assert.equal(likeness(true, "True", text).score, 1);
});
