import { quantile } from "./quantile.ts";

/**
 * The middle value, or the mean of the two middle ones.
 *
 * @param values At least one, in any order.
 * @throws RangeError when there is no value.
 * @example Usage
 * ```ts
 * import { median } from "@lib/stats/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(median([3, 1, 100]), 3);
 * assert.equal(median([1, 2, 3, 100]), 2.5);
 * ```
 */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("Cannot take the median of no values");
  return quantile(values.toSorted((a, b) => a - b), 0.5);
}
