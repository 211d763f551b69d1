import jstat from "jstat";

const { normal }: { normal: { inv(probability: number, mean: number, sd: number): number } } = jstat;

/**
 * Quantile of the standard normal distribution, good to about 1e-9.
 *
 * @param probability Above 0 and below 1.
 * @throws RangeError for other arguments.
 * @example Usage
 * ```ts
 * import { normalQuantile } from "@lib/stats/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(normalQuantile(0.975).toFixed(6), "1.959964");
 * ```
 */
export function normalQuantile(probability: number): number {
  if (!(probability > 0 && probability < 1)) {
    throw new RangeError(`Cannot compute as probability must be in 0..1: current value is ${probability}`);
  }
  return normal.inv(probability, 0, 1);
}
