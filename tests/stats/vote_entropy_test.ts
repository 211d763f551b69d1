import { voteEntropy } from "@lib/stats/mod.ts";
import assert from "node:assert/strict";

Deno.test("voteEntropy() of 5, 3 and 2 votes is 1.029653 nats, 1.485475 bits, .447173 of the most", () => {
  const { nats, normalised } = voteEntropy(Object.freeze([5, 3, 2]));
  assert.equal(nats.toFixed(6), "1.029653");
  assert.equal((nats / Math.LN2).toFixed(6), "1.485475");
  assert.equal(normalised.toFixed(6), "0.447173");
});

Deno.test("voteEntropy() is 0 when all votes are for one value, and normalised 1 when each is for another", () => {
  assert.deepEqual(voteEntropy([4]), { nats: 0, normalised: 0 });
  assert.deepEqual(voteEntropy([1]), { nats: 0, normalised: 0 });
  assert(Math.abs(voteEntropy([1, 1, 1]).normalised - 1) < 1e-12);
  assert.equal(voteEntropy([2, 0, 2]).nats, Math.LN2);
});

Deno.test("voteEntropy() throws a RangeError when there is no vote", () => {
  assert.throws(() => voteEntropy([]), RangeError);
  assert.throws(() => voteEntropy([0, 0]), RangeError);
});
