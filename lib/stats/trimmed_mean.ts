/**
 * Mean without the lowest and the highest values.
 *
 * @param values At least one.
 * @param share Left out at each end, from 0 to below 0.5; floor(share x n) values, as R and scipy do.
 * @throws RangeError for other arguments.
 * @example Usage
 * ```ts
 * import { trimmedMean } from "@lib/stats/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(trimmedMean([0, 10, 11, 12, 1000], 0.2), 11);
 * ```
 */
export function trimmedMean(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError("Cannot take a mean of no values");
  if (!(share >= 0 && share < 0.5)) {
    throw new RangeError(`Cannot trim as share must be from 0 to below 0.5: current value is ${share}`);
  }
  const left = Math.floor(share * values.length);
  const kept = values.toSorted((a, b) => a - b).slice(left, values.length - left);
  return kept.reduce((sum, value) => sum + value, 0) / kept.length;
}
