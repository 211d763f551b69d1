import { median } from "./median.ts";
import { scaledMad } from "./scaled_mad.ts";

/** Options of {@linkcode robustCv}. */
export interface RobustCvOptions {
  /** Least denominator, in the unit of the values: round zero a relative spread says nothing. @default {0} */
  floor?: number;
}

/**
 * Robust coefficient of variation: scaled MAD / max(|median|, floor).
 *
 * @param values At least one.
 * @returns From 0; 0 when there is no spread, infinite when there is some round zero and no floor.
 * @throws RangeError when there is no value.
 * @example Usage
 * ```ts
 * import { robustCv } from "@lib/stats/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(robustCv([12, 12.5, 11.8, 12.2, 0.12, 12.1, 30]).toFixed(6), "0.036759");
 * ```
 */
export function robustCv(values: readonly number[], options: RobustCvOptions = {}): number {
  const spread = scaledMad(values);
  return spread === 0 ? 0 : spread / Math.max(Math.abs(median(values)), options.floor ?? 0);
}
