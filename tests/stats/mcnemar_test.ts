import { mcNemarMidP } from "@lib/stats/mod.ts";
import assert from "node:assert/strict";

Deno.test("mcNemarMidP() matches the mid-p values of the literature", () => {
  assert.equal(mcNemarMidP(1, 7).toFixed(7), "0.0390625");
  assert.equal(mcNemarMidP(12, 4).toFixed(6), "0.049042");
});

Deno.test("mcNemarMidP() does not depend on which of the two is named first", () => {
  for (const [b, c] of [[0, 5], [3, 9], [4, 4]] as const) assert.equal(mcNemarMidP(b, c), mcNemarMidP(c, b));
});

Deno.test("mcNemarMidP() is 1 without a discordant pair, and below 1 for as many on both sides", () => {
  assert.equal(mcNemarMidP(0, 0), 1);
  assert(mcNemarMidP(3, 3) < 1 && mcNemarMidP(3, 3) > 0.8);
});

Deno.test("mcNemarMidP() throws a RangeError for what is no count", () => {
  for (const count of [-1, 0.5, NaN]) assert.throws(() => mcNemarMidP(count, 1), RangeError);
});
