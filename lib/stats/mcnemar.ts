import { binomialCdf } from "./distributions.ts";

/**
 * McNemar's test of two paired rates, two-sided mid-p: from the discordant pairs alone. The mid-p version keeps its
 * level and is less wasteful than the exact one (Fagerland, Lydersen and Laake 2013, BMC Med Res Methodol 13:91).
 *
 * @param onlyFirst Pairs in which only the first passed, from 0.
 * @param onlySecond Pairs in which only the second passed, from 0.
 * @returns The p-value, 0 to 1; 1 without a discordant pair.
 * @throws RangeError when one is no count.
 * @example Usage
 * ```ts
 * import { mcNemarMidP } from "@lib/stats/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(mcNemarMidP(1, 7).toFixed(6), "0.039063");
 * ```
 */
export function mcNemarMidP(onlyFirst: number, onlySecond: number): number {
  for (const count of [onlyFirst, onlySecond]) {
    if (!Number.isInteger(count) || count < 0) {
      throw new RangeError(`Cannot test as pairs must be an integer >= 0: current value is ${count}`);
    }
  }
  const n = onlyFirst + onlySecond;
  if (n === 0) return 1;
  const least = Math.min(onlyFirst, onlySecond);
  const below = binomialCdf(least - 1, n, 0.5);
  const at = binomialCdf(least, n, 0.5) - below;
  return onlyFirst === onlySecond ? 1 - at / 2 : 2 * below + at;
}
