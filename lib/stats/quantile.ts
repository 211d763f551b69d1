/**
 * Quantile by linear interpolation (R type 7, the default of R and numpy).
 *
 * @param sorted Values in ascending order, at least one.
 * @param probability From 0 to 1.
 * @throws RangeError when there is no value or the probability is outside 0..1.
 * @example Usage
 * ```ts
 * import { quantile } from "@lib/stats/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(quantile([1, 2, 3, 4], 0.5), 2.5);
 * ```
 */
export function quantile(sorted: readonly number[], probability: number): number {
  if (sorted.length === 0) throw new RangeError("Cannot take a quantile of no values");
  if (!(probability >= 0 && probability <= 1)) {
    throw new RangeError(
      `Cannot take a quantile as probability must be in 0..1: current value is ${probability}`,
    );
  }
  const position = (sorted.length - 1) * probability;
  const below = sorted[Math.floor(position)] ?? NaN;
  const above = sorted[Math.ceil(position)] ?? NaN;
  return below + (above - below) * (position - Math.floor(position));
}
