import { binomialCdf } from "./distributions.ts";
import type { Interval } from "./wilson_interval.ts";

/** Options of {@linkcode medianInterval}. */
export interface MedianIntervalOptions {
  /** Two-sided coverage that is at least reached, a fraction between 0 and 1. @default {0.95} */
  confidence?: number;
}

/** Interval of a median from order statistics. */
export interface MedianInterval {
  /** The two values between which the median lies. */
  interval: Interval;
  /** Their places in ascending order, counted from 1. */
  ranks: readonly [low: number, high: number];
  /** Probability that the interval holds the median, at least what was asked. */
  coverage: number;
}

/**
 * Interval of the median of any continuous distribution: the k-th lowest and the k-th highest value, with the
 * largest k for which each tail of Bin(n, 1/2) keeps half of the error.
 *
 * @param values Independent; at least six for 95%.
 * @returns `undefined` where there are too few values for the confidence.
 * @throws RangeError when the confidence is outside 0..1.
 * @example Usage
 * ```ts
 * import { medianInterval } from "@lib/stats/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(medianInterval([6, 1, 4, 3, 9, 2])?.interval, [1, 9]);
 * assert.equal(medianInterval([1, 2, 3, 4, 5]), undefined);
 * ```
 */
export function medianInterval(
  values: readonly number[],
  options: MedianIntervalOptions = {},
): MedianInterval | undefined {
  const { confidence = 0.95 } = options;
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(`Cannot compute as confidence must be in 0..1: current value is ${confidence}`);
  }
  const n = values.length;
  const tail = (k: number) => binomialCdf(k - 1, n, 0.5);
  let k = 0;
  while (2 * (k + 1) <= n && tail(k + 1) <= (1 - confidence) / 2) k++;
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[k - 1], sorted[n - k]];
  if (low === undefined || high === undefined) return undefined;
  return { interval: [low, high], ranks: [k, n - k + 1], coverage: 1 - 2 * tail(k) };
}
