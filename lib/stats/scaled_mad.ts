import { median } from "./median.ts";

/** Makes the MAD estimate the standard deviation of a normal distribution: 1 / quantile(0.75). */
const NORMAL_SCALE = 1.482602218505602;

/**
 * Spread that outliers do not move: 1.482602 x the median absolute deviation from the median (R `mad`, which
 * rounds the factor to 1.4826). For normal data it estimates the standard deviation; it is 0 when more than
 * half of the values are equal.
 *
 * @param values At least one.
 * @returns In the unit of the values, from 0.
 * @throws RangeError when there is no value.
 * @example Usage
 * ```ts
 * import { scaledMad } from "@lib/stats/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(scaledMad([12, 12.5, 11.8, 12.2, 0.12, 12.1, 30]).toFixed(6), "0.444781");
 * ```
 */
export function scaledMad(values: readonly number[]): number {
  const centre = median(values);
  return NORMAL_SCALE * median(values.map((value) => Math.abs(value - centre)));
}
