import { canonicalValue, likeness } from "@lib/signature/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";

const plain = { by: "number" } as const;

Deno.test("number takes the same number in another spelling for the same", () => {
  for (const [a, b] of [[1200, "1,200"], [0.5, "1/2"], ["5.0", 5], ["1e3", "1 000"], [-0, 0], ["$5", "5"]]) {
    assert.equal(likeness(a, b, plain).score, 1, `${a} ${b}`);
    assert.equal(canonicalValue(a, plain), canonicalValue(b, plain));
  }
});

Deno.test("number keeps -5 and 5, 3.14 and 314, 1/2 and 12 apart", () => {
  // dspy's normalisation merges each of these pairs: reference programs.md, section 2.4
  for (const [a, b] of [["-5", "5"], ["3.14", "314"], ["1/2", "12"], ["\u22125", "5"]]) {
    assert.equal(likeness(a, b, plain).score, 0, `${a} ${b}`);
    assert.notEqual(canonicalValue(a, plain), canonicalValue(b, plain));
  }
});

Deno.test("number holds |predicted - expected| <= abs at the very edge, whatever the magnitude", () => {
  const cents = fc.integer({ min: -100_000_000, max: 100_000_000 });
  fc.assert(fc.property(cents, fc.integer({ min: 1, max: 500 }), (expected, distance) => {
    const options = { by: "number", abs: distance / 100 } as const;
    const at = (amount: number) => likeness(amount / 100, expected / 100, options).score;
    assert.deepEqual([at(expected + distance), at(expected - distance)], [1, 1]);
    assert.deepEqual([at(expected + distance + 1), at(expected - distance - 1)], [0, 0]);
  }));
});

Deno.test("number takes 5000.1 for near 5000 within 0.1, although the difference of the doubles is larger", () => {
  assert(5000.1 - 5000 > 0.1);
  assert.equal(likeness(5000.1, 5000, { by: "number", abs: 0.1 }).score, 1);
});

Deno.test("number takes the larger of abs and rel x |expected|", () => {
  assert.equal(likeness(110, 100, { by: "number", abs: 1, rel: 0.1 }).score, 1);
  assert.equal(likeness(110.1, 100, { by: "number", abs: 1, rel: 0.1 }).score, 0);
  assert.equal(likeness(1, 0, { by: "number", abs: 1, rel: 0.1 }).score, 1);
  assert.equal(likeness(-110, -100, { by: "number", rel: 0.1 }).score, 1);
  assert.equal(likeness(100, 110, { by: "number", rel: 0.1 }).score, 1); // 11 of 110
  assert.equal(likeness(110, 99, { by: "number", rel: 0.1 }).score, 0); // 9.9 of 99
});

Deno.test("number forgives the rounding of doubles by default, and nothing between whole numbers", () => {
  assert.equal(likeness(0.1 + 0.2, 0.3, plain).score, 1);
  assert.equal(likeness(4915112345678, 4915112345679, plain).score, 0);
  assert.equal(likeness("4915112345678", 4915112345678, plain).score, 1);
  assert.equal(likeness(1, 0, plain).score, 0);
  assert.equal(likeness(1e-12, 0, plain).score, 0);
});

Deno.test("number calls a value that is off by a unit factor, either way, a unit error", () => {
  const grams = { by: "number", unitFactors: [1000, 60] } as const;
  assert.deepEqual(likeness(2500, 2.5, grams), { score: 0, fault: "unit_error" });
  assert.deepEqual(likeness(0.0025, 2.5, grams), { score: 0, fault: "unit_error" });
  assert.deepEqual(likeness(150, 2.5, grams), { score: 0, fault: "unit_error" });
  assert.deepEqual(likeness(25, 2.5, grams), { score: 0 });
  assert.deepEqual(likeness(2500, 2.5, plain), { score: 0 });
});

Deno.test("number calls nothing a unit error when the truth or the answer is 0", () => {
  const grams = { by: "number", abs: 5, unitFactors: [1000] } as const;
  assert.deepEqual(likeness(1000, 0, grams), { score: 0 });
  assert.deepEqual(likeness(0, 1000, grams), { score: 0 });
});

Deno.test("number compares values that are no numbers as they are", () => {
  assert.equal(likeness("about 5", "about 5", plain).score, 1);
  assert.equal(likeness("about 5", 5, plain).score, 0);
  assert.equal(likeness("1e999", Infinity, plain).score, 0);
});
