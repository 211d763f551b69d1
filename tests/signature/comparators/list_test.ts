import { canonicalValue, likeness } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { deepFreeze } from "../_deep_freeze.ts";

const list = { by: "list" } as const;

Deno.test("list scores the share of positions that agree, of the longer list", () => {
  assert.equal(likeness(["a", "b", "c"], ["A", "b.", "c"], list).score, 1);
  assert.equal(likeness(["a", "x", "c"], ["a", "b", "c"], list).score, 2 / 3);
  assert.equal(likeness(["a"], ["a", "b"], list).score, 1 / 2);
  assert.equal(likeness(["a", "b", "b", "b"], ["a"], list).score, 1 / 4);
  assert.equal(likeness(["b", "a"], ["a", "b"], list).score, 0);
});

Deno.test("list takes two empty lists for the same, and an empty one for nothing else", () => {
  assert.equal(likeness([], [], list).score, 1);
  assert.equal(likeness([], ["a"], list).score, 0);
  assert.equal(likeness(["a"], [], list).score, 0);
});

Deno.test("list takes a single value for a list of one", () => {
  assert.equal(likeness("a", ["a"], list).score, 1);
  assert.equal(canonicalValue("a", list), canonicalValue(["a"], list));
});

Deno.test("list compares members as declared", () => {
  const numbers = { by: "list", of: { by: "number", abs: 1 } } as const;
  assert.equal(likeness([1, "2", 9], [2, 2, 5], numbers).score, 2 / 3);
});

Deno.test("list has one canonical text a list, whatever its members hold", () => {
  const values = [["a", "b"], ["b", "a"], ["a b"], ["a", null], ["a", "null"], ["a"], [], ['a","b']];
  const exact = { by: "list", of: { by: "exact" } } as const;
  assert.equal(new Set(values.map((value) => canonicalValue(deepFreeze(value), exact))).size, values.length);
});
