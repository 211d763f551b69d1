import { bestFirst } from "../../../lib/program/retrieval/best_first.ts";
import fc from "fast-check";
import assert from "node:assert/strict";

Deno.test("bestFirst() sorts by score, then by position, and leaves out what has no score", () => {
  const score = fc.oneof(fc.constantFrom(-Infinity, -1, 0, 1), fc.double({ noNaN: true }));
  fc.assert(fc.property(fc.array(score), (scores) => {
    const expected = [...scores.keys()]
      .filter((at) => scores[at] !== -Infinity)
      .sort((a, b) => scores[a] === scores[b] ? a - b : scores[b]! > scores[a]! ? 1 : -1);
    assert.deepEqual([...bestFirst(Float64Array.from(scores))], expected);
  }));
});
