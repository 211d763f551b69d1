import { fuse } from "@lib/program/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";
import { deepFreeze } from "../../signature/_deep_freeze.ts";

const ids = (rankings: readonly (readonly string[])[], k?: number) => fuse(rankings, k).map(({ id }) => id);
const ranking = fc.uniqueArray(fc.constantFrom(..."abcdefgh"));

Deno.test("fuse() adds 1 / (60 + rank) over the rankings that have an id", () => {
  assert.deepEqual(fuse([["a", "b", "c"], ["c", "a"], ["a"]]), [
    { id: "a", score: 1 / 61 + 1 / 61 + 1 / 62 },
    { id: "c", score: 1 / 61 + 1 / 63 },
    { id: "b", score: 1 / 62 },
  ]);
});

Deno.test("fuse() prefers what two rankings have in the middle to what one has at its head", () => {
  assert.deepEqual(ids([["a", "x", "b"], ["c", "x", "d"]])[0], "x");
  assert.deepEqual(ids([["a", "x", "b"], ["c", "x", "d"]], 0), ["a", "c", "x", "b", "d"]);
});

Deno.test("fuse() breaks ties by the best rank, then by the order of the rankings", () => {
  assert.deepEqual(ids([["a", "b"], ["c", "d"]]), ["a", "c", "b", "d"]);
  assert.deepEqual(ids([["a", "b", "c"], ["b", "c", "a"], ["c", "a", "b"]]), ["a", "b", "c"]);
});

Deno.test("fuse() of one ranking keeps it, and of none is empty", () => {
  fc.assert(fc.property(ranking, (one) => assert.deepEqual(ids([one]), one)));
  assert.deepEqual(fuse([]), []);
  assert.deepEqual(fuse([[], []]), []);
});

Deno.test("fuse() gives scores that do not depend on the order of the rankings", () => {
  fc.assert(fc.property(fc.array(ranking), (rankings) => {
    const scores = (fused: ReturnType<typeof fuse>) =>
      Object.fromEntries(fused.map(({ id, score }) => [id, score]));
    assert.deepEqual(scores(fuse(rankings.toReversed())), scores(fuse(deepFreeze(rankings))));
  }));
});

Deno.test("fuse() refuses an id twice in a ranking, and a negative k", () => {
  assert.throws(() => fuse([["a", "b", "a"]]), RangeError);
  for (const k of [-1, Number.NaN]) assert.throws(() => fuse([["a"]], k), RangeError);
});
