/**
 * A source of random numbers that repeats from its seed (mulberry32): for resampling and simulations, not
 * for secrets. Its period is 2^32, so draw fewer than a few hundred million numbers from one source.
 *
 * @param seed An integer; only its low 32 bits count.
 * @returns A function that gives the next number, from 0 to below 1.
 * @throws RangeError when the seed is no integer.
 * @example Usage
 * ```ts
 * import { seededRandom } from "@lib/stats/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const [one, same] = [seededRandom(7), seededRandom(7)];
 * assert.equal(one(), same());
 * ```
 */
export function seededRandom(seed: number): () => number {
  if (!Number.isSafeInteger(seed)) {
    throw new RangeError(`Cannot seed as seed must be an integer: current value is ${seed}`);
  }
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
