import { canonicalValue, COMPARATORS, type CompareOptions, likeness } from "@lib/signature/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";

/** Comparators without a tolerance: there, votes and scoring must agree about what is the same. */
const strict: CompareOptions[] = [
  { by: "exact" },
  { by: "enum" },
  { by: "enum", synonyms: { b: "a" } },
  { by: "text" },
  { by: "text", synonyms: { b: "a" } },
  { by: "number", rel: 0 },
  { by: "percent", abs: 0 },
  { by: "date" },
  { by: "judge", judge: "helpful" },
  { by: "set" },
  { by: "set", of: { by: "exact" } },
  { by: "list" },
  { by: "list", of: { by: "set" } },
  { by: "objects", fields: { a: { by: "text" }, b: { by: "number", rel: 0 } } },
];

const scalars = fc.oneof(
  fc.constantFrom(
    "a",
    "A",
    "b",
    "a.",
    " a ",
    "-5",
    "5",
    "5.0",
    "1/2",
    "12",
    "3.14",
    "314",
    "null",
    "\\null",
    "",
    " ",
  ),
  fc.constantFrom(
    "2026-03-01",
    "2026-03-01T10:00",
    "2026-02-30",
    "1,200",
    "30%",
    "é",
    "e\u0301",
    "\0",
    '","',
  ),
  fc.constantFrom(5, -5, 0.5, 0, -0, 1200, 30, true, false, null),
);
const values = fc.oneof(
  scalars,
  fc.array(fc.oneof(scalars, fc.record({ a: scalars, b: scalars })), { maxLength: 4 }),
);

Deno.test("likeness() is 1 exactly when canonicalValue() is the same, in comparators without a tolerance", () => {
  for (const options of strict) {
    fc.assert(
      fc.property(values, values, (a, b) => {
        const same = canonicalValue(a, options) === canonicalValue(b, options);
        assert.equal(likeness(a, b, options).score === 1, same);
      }),
      { numRuns: 300 },
    );
  }
});

Deno.test("likeness() is from 0 to 1, and 1 for a value with itself", () => {
  for (const options of strict) {
    fc.assert(fc.property(values, values, (a, b) => {
      const { score } = likeness(a, b, options);
      assert(score >= 0 && score <= 1);
      assert.equal(likeness(a, a, options).score, 1);
    }));
  }
});

Deno.test("likeness() takes two absent values for the same, and an absent one for nothing else", () => {
  for (const options of strict) {
    assert.deepEqual(likeness(null, undefined, options), { score: 1 });
    for (const value of ["", "null", 0, false, []]) {
      assert.deepEqual(likeness(value, null, options), { score: 0 });
      assert.deepEqual(likeness(undefined, value, options), { score: 0 });
    }
  }
});

Deno.test("canonicalValue() gives null a text that no value has, the word null included", () => {
  for (const options of strict) {
    assert.equal(canonicalValue(null, options), canonicalValue(undefined, options));
    for (const word of ["null", "Null.", " NULL ", "\\null", "\\\\null", "", "undefined"]) {
      assert.notEqual(canonicalValue(word, options), canonicalValue(null, options));
    }
  }
  const words = ["null", "\\null", "\\\\null"].map((word) => canonicalValue(word, { by: "enum" }));
  assert.equal(new Set(words).size, 3);
});

Deno.test("COMPARATORS has every name that a signature can declare", () => {
  const names = new Set(strict.map(({ by }) => by));
  assert.deepEqual(Object.keys(COMPARATORS).sort(), [...names].sort());
});
