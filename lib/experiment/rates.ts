import { clusteredInterval, type Interval } from "../stats/mod.ts";

/** Passed and scored observations of a case. */
export interface Passed {
  passed: number;
  total: number;
}

/** A rate with all that is needed to read it. */
export interface Rate {
  /** Numerator. */
  passed: number;
  /** Denominator: observations, failed ones included. */
  total: number;
  rate: number;
  /** 95%: Wilson's interval at the effective number of cases. */
  interval: Interval;
  /** Independent observations of the same precision: repeats of a case are not independent. */
  effectiveN: number;
}

/** Counts one observation of a case. */
export function addPassed(byCase: Map<string, Passed>, id: string, passed: boolean): void {
  const entry = byCase.get(id) ?? { passed: 0, total: 0 };
  entry.passed += passed ? 1 : 0;
  entry.total++;
  byCase.set(id, entry);
}

/**
 * The rate of what passed, by case.
 *
 * @throws RangeError when there is no case.
 */
export function rateOf(byCase: ReadonlyMap<string, Passed>): Rate {
  const clusters = [...byCase.values()];
  const { rate, interval, effectiveN } = clusteredInterval(clusters);
  return {
    passed: clusters.reduce((sum, { passed }) => sum + passed, 0),
    total: clusters.reduce((sum, { total }) => sum + total, 0),
    rate,
    interval,
    effectiveN,
  };
}
