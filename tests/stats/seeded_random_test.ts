import { seededRandom } from "@lib/stats/mod.ts";
import assert from "node:assert/strict";

const draw = (seed: number, count: number) => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, random);
};

Deno.test("seededRandom() repeats from its seed, and differs for another seed", () => {
  assert.deepEqual(draw(7, 20), draw(7, 20));
  assert.notDeepEqual(draw(7, 20), draw(8, 20));
});

Deno.test("seededRandom() keeps its sequence: what was once computed from a seed can be computed again", () => {
  assert.deepEqual(draw(1, 3).map((value) => value.toFixed(9)), [
    "0.627073941",
    "0.002735721",
    "0.527447040",
  ]);
});

Deno.test("seededRandom() is uniform from 0 to below 1", () => {
  const values = draw(3, 20_000);
  const tenths = new Array<number>(10).fill(0);
  for (const value of values) {
    assert(value >= 0 && value < 1);
    const tenth = Math.floor(value * 10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  // 3.5 standard errors of a count of 2,000
  for (const count of tenths) assert(Math.abs(count - 2000) < 3.5 * Math.sqrt(1800), `${count} in a tenth`);
});

Deno.test("seededRandom() throws a RangeError when the seed is no integer", () => {
  assert.throws(() => seededRandom(0.5), RangeError);
  assert.throws(() => seededRandom(NaN), RangeError);
});
