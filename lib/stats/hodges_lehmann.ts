import { median } from "./median.ts";

/**
 * Hodges-Lehmann estimate of the centre: the median of the means of all pairs, each value with itself
 * included (Hodges and Lehmann 1963). Nearly as precise as the mean on normal data; holds up to 29% of outliers.
 *
 * @param values At least one.
 * @throws RangeError when there is no value.
 * @example Usage
 * ```ts
 * import { hodgesLehmann } from "@lib/stats/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(hodgesLehmann([12, 12.5, 11.8, 12.2, 0.12, 12.1, 30]), 12.125);
 * ```
 */
export function hodgesLehmann(values: readonly number[]): number {
  return median(values.flatMap((a, index) => values.slice(index).map((b) => (a + b) / 2)));
}
