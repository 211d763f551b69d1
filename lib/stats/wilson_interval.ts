/** Two-sided 95% quantile of the standard normal distribution. */
export const Z_95 = 1.959963984540054;

/** Lower and upper bound of a rate, fractions from 0 to 1. */
export type Interval = readonly [low: number, high: number];

/** Options of {@linkcode wilsonInterval} and {@linkcode clusteredInterval}. */
export interface IntervalOptions {
  /** Two-sided quantile of the standard normal distribution. @default {1.959963984540054, for 95%} */
  z?: number;
}

/**
 * Wilson score interval of a rate; unlike the normal interval it stays inside 0..1 and is usable from
 * about 10 items (Wilson 1927, JASA 22:209; Brown, Cai and DasGupta 2001). Items must be independent.
 *
 * @param passed Items that passed, an integer from 0 to `total`.
 * @param total Items scored, an integer of at least 1.
 * @throws RangeError for other values.
 * @example Usage
 * ```ts
 * import { wilsonInterval } from "@lib/stats/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const [low, high] = wilsonInterval(17, 20);
 * assert.equal(low.toFixed(6), "0.639581");
 * assert.equal(high.toFixed(6), "0.947631");
 * ```
 */
export function wilsonInterval(passed: number, total: number, options: IntervalOptions = {}): Interval {
  if (!Number.isInteger(total) || total < 1) {
    throw new RangeError(
      `Cannot compute an interval as total must be an integer >= 1: current value is ${total}`,
    );
  }
  if (!Number.isInteger(passed) || passed < 0 || passed > total) {
    throw new RangeError(
      `Cannot compute an interval as passed must be an integer from 0 to ${total}: current value is ${passed}`,
    );
  }
  return scoreInterval(passed / total, total, options.z ?? Z_95);
}

/** The score interval of a rate observed on `n` items, which need not be whole (an effective sample size). */
export function scoreInterval(rate: number, n: number, z: number): Interval {
  const square = z * z;
  const centre = (rate + square / (2 * n)) / (1 + square / n);
  const half = (z / (1 + square / n)) * Math.sqrt((rate * (1 - rate)) / n + square / (4 * n * n));
  return [rate === 0 ? 0 : Math.max(0, centre - half), rate === 1 ? 1 : Math.min(1, centre + half)];
}
