import { canonicalValue, likeness } from "@lib/signature/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";
import { deepFreeze } from "../_deep_freeze.ts";

const set = { by: "set" } as const;

function within(abs: number) {
  return { by: "set", of: { by: "number", abs } } as const;
}

Deno.test("set scores F1 of the members: 2 |both| / (|predicted| + |expected|)", () => {
  assert.equal(likeness(["a", "b", "c"], ["b", "c", "d"], set).score, 4 / 6); // P = R = 2/3
  assert.equal(likeness(["a"], ["a", "b", "c"], set).score, 2 / 4); // P = 1, R = 1/3
  assert.equal(likeness(["x"], ["a"], set).score, 0);
  assert.equal(likeness(["b", "A."], ["a", "b"], set).score, 1);
});

Deno.test("set counts doubles once, on both sides", () => {
  assert.equal(likeness(["A", "A", "B"], ["a", "b"], set).score, 1);
  assert.equal(likeness(["a", "b"], ["a", "a", "a", "b"], set).score, 1);
  assert.equal(likeness(["a", "a", "a"], ["a", "b"], set).score, 2 / 3);
  assert.equal(canonicalValue(["A", "A", "B"], set), canonicalValue(["b", "a"], set));
});

Deno.test("set takes two empty sets for the same, and an empty one for nothing else", () => {
  assert.equal(likeness([], [], set).score, 1);
  assert.equal(likeness([], ["a"], set).score, 0);
  assert.equal(likeness(["a"], [], set).score, 0);
});

Deno.test("set tells null from the word null among its members", () => {
  assert.equal(likeness([null], ["null"], set).score, 0);
  assert.notEqual(canonicalValue([null], set), canonicalValue(["null"], set));
});

Deno.test("set pairs as many members as a tolerance allows, each once", () => {
  assert.equal(likeness([2, 3], [1, 2], within(1)).score, 1); // 2 with 1, and 3 with 2
  assert.equal(likeness([10, 10.5], [10], within(1)).score, 2 / 3); // two answers for one truth
  assert.equal(likeness([2], [1, 2, 3], within(1)).score, 2 / 4);
});

Deno.test("set gives the same score in any order, also where a tolerance makes chains", () => {
  const numbers = fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 6 });
  fc.assert(fc.property(numbers, numbers, fc.integer({ min: 0, max: 3 }), (a, b, abs) => {
    const score = likeness(a, b, within(abs)).score;
    assert.equal(likeness(a.toReversed(), b.toSorted(), within(abs)).score, score);
    assert.equal(likeness(b, a, within(abs)).score, score);
  }));
});

Deno.test("set pairs as many members as the best of all pairings", () => {
  const most = (given: number[], wanted: number[], abs: number): number => {
    const [first, ...rest] = given;
    if (first === undefined) return 0;
    const paired = wanted.flatMap((member, index) =>
      Math.abs(first - member) <= abs ? [1 + most(rest, wanted.toSpliced(index, 1), abs)] : []
    );
    return Math.max(most(rest, wanted, abs), ...paired);
  };
  const numbers = fc.uniqueArray(fc.integer({ min: 0, max: 12 }), { maxLength: 5, minLength: 1 });
  fc.assert(fc.property(numbers, numbers, fc.integer({ min: 0, max: 3 }), (a, b, abs) => {
    const expected = (2 * most(a, b, abs)) / (a.length + b.length);
    assert.equal(likeness(deepFreeze(a), deepFreeze(b), within(abs)).score, expected);
  }));
});

Deno.test("set gets through 20,000 members without comparing each with each", () => {
  const members = Array.from({ length: 20_000 }, (_, index) => `word ${index}`);
  assert.equal(likeness(members.toReversed(), members, set).score, 1);
  assert.equal(likeness(Array(20_000).fill("a"), ["a", "b"], set).score, 2 / 3);
});
