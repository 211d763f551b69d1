import { type Interval, type IntervalOptions, scoreInterval, Z_95 } from "./wilson_interval.ts";

/** Items of one cluster: the repeats of a case, the cases of a session. */
export interface Cluster {
  /** Items that passed. */
  passed: number;
  /** Items scored, at least 1. */
  total: number;
}

/** A rate over clusters with its interval. */
export interface ClusteredRate {
  /** Passed over total, all items. */
  rate: number;
  interval: Interval;
  /** Items that independent sampling would have needed for the same precision. */
  effectiveN: number;
}

/**
 * Wilson interval of a rate over clustered items (repeats of the same case are not independent): the
 * variance between clusters (Miller 2024, arXiv 2411.00640, with the factor C/(C-1)) gives the design effect, and
 * Wilson's interval is taken at n / design effect. The effective n is kept between the number of clusters and
 * the number of items; where every item passed or none did, and for a single cluster, whose variance between
 * clusters is unknown, it is the number of clusters.
 *
 * @param clusters At least one.
 * @throws RangeError when there is none, or one is empty.
 * @example Usage
 * ```ts
 * import { clusteredInterval } from "@lib/stats/mod.ts";
 * import assert from "node:assert/strict";
 *
 * // two repeats that always agree say no more than one
 * const doubled = clusteredInterval([{ passed: 2, total: 2 }, { passed: 0, total: 2 }, { passed: 2, total: 2 }]);
 * assert.equal(doubled.effectiveN, 3);
 * ```
 */
export function clusteredInterval(
  clusters: readonly Cluster[],
  options: IntervalOptions = {},
): ClusteredRate {
  const z = options.z ?? Z_95;
  const count = clusters.length;
  if (count === 0) throw new RangeError("Cannot compute an interval of no clusters");
  let items = 0;
  let passed = 0;
  for (const cluster of clusters) {
    if (!(cluster.total >= 1 && cluster.passed >= 0 && cluster.passed <= cluster.total)) {
      throw new RangeError(`Cannot use a cluster with ${cluster.passed} passed of ${cluster.total}`);
    }
    items += cluster.total;
    passed += cluster.passed;
  }
  const rate = passed / items;
  const simple = (rate * (1 - rate)) / items;
  const variance = clusteredVariance(clusters, rate, items);
  const effective = simple === 0 || count === 1 ? count : items / (variance / simple || 1);
  const effectiveN = Math.min(items, Math.max(count, effective));
  return { rate, interval: scoreInterval(rate, effectiveN, z), effectiveN };
}

function clusteredVariance(clusters: readonly Cluster[], rate: number, items: number): number {
  const count = clusters.length;
  const squares = clusters.reduce((sum, { passed, total }) => sum + (passed - total * rate) ** 2, 0);
  return (squares / items ** 2) * (count / (count - 1));
}
