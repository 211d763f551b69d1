import { median } from "./median.ts";
import { scaledMad } from "./scaled_mad.ts";

/** Options of {@linkcode huberMean}. */
export interface HuberOptions {
  /** Values further from the centre than this many scaled MADs are pulled in to there. @default {1.5} */
  k?: number;
}

/**
 * Huber's M-estimate of the centre with a fixed scale, the scaled MAD: the mean of the values clipped to
 * centre ± k scales, repeated until it stands still (Huber 1981; R `MASS::huber`). The median when the scale is 0.
 *
 * @param values At least one.
 * @throws RangeError when there is no value.
 * @example Usage
 * ```ts
 * import { huberMean } from "@lib/stats/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(huberMean([12, 12.5, 11.8, 12.2, 0.12, 12.1, 30]).toFixed(2), "12.12");
 * ```
 */
export function huberMean(values: readonly number[], options: HuberOptions = {}): number {
  const reach = (options.k ?? 1.5) * scaledMad(values);
  let centre = median(values);
  for (let turn = 0; turn < 1000; turn++) {
    const next = clippedMean(values, centre - reach, centre + reach);
    if (Math.abs(next - centre) <= 1e-10 * reach) return next;
    centre = next;
  }
  return centre;
}

function clippedMean(values: readonly number[], low: number, high: number): number {
  return values.reduce((sum, value) => sum + Math.min(high, Math.max(low, value)), 0) / values.length;
}
