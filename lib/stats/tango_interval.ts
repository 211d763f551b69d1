import { type Interval, type IntervalOptions, Z_95 } from "./wilson_interval.ts";

/** Pairs of two things measured on the same items. */
export interface PairedCounts {
  /** All pairs, at least 1. */
  pairs: number;
  /** Pairs in which only the first passed. */
  onlyFirst: number;
  /** Pairs in which only the second passed. */
  onlySecond: number;
}

/**
 * Score interval of the difference of two paired rates, first minus second (Tango 1998, Statist. Med. 17:891);
 * usable for small samples and where no pair is discordant. Pairs must be independent.
 *
 * @returns Lower and upper bound, -1 to 1.
 * @throws RangeError for counts that are none, or more than the pairs.
 * @example Usage
 * ```ts
 * import { tangoInterval } from "@lib/stats/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const [low, high] = tangoInterval({ pairs: 50, onlyFirst: 12, onlySecond: 2 });
 * assert.deepEqual([low.toFixed(4), high.toFixed(4)], ["0.0611", "0.3447"]);
 * ```
 */
export function tangoInterval(counts: PairedCounts, options: IntervalOptions = {}): Interval {
  const { pairs, onlyFirst, onlySecond } = counts;
  const whole = [pairs, onlyFirst, onlySecond].every((count) => Number.isInteger(count) && count >= 0);
  if (!whole || pairs < 1 || onlyFirst + onlySecond > pairs) {
    throw new RangeError(
      `Cannot compute an interval of ${onlyFirst} and ${onlySecond} discordant among ${pairs} pairs`,
    );
  }
  const z = options.z ?? Z_95;
  return [rootOf(counts, z), rootOf(counts, -z)];
}

/** The difference at which the score statistic is `z`; it falls as the difference grows. */
function rootOf(counts: PairedCounts, z: number): number {
  let [low, high] = [-1, 1];
  for (let step = 0; step < 60; step++) { // halves 2 down to the precision of a number
    const middle = (low + high) / 2;
    if (scoreAt(counts, middle) > z) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function scoreAt({ pairs: n, onlyFirst: b, onlySecond: c }: PairedCounts, difference: number): number {
  const linear = -b - c + (2 * n - b + c) * difference;
  const constant = -c * difference * (1 - difference);
  const q = (Math.sqrt(linear * linear - 8 * n * constant) - linear) / (4 * n);
  const variance = n * (2 * q + difference * (1 - difference));
  const distance = b - c - n * difference;
  return distance === 0 ? 0 : distance / Math.sqrt(Math.max(variance, Number.MIN_VALUE));
}
