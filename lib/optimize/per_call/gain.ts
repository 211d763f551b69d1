import { normalQuantile, tangoInterval } from "../../stats/mod.ts";
import { compareTrials } from "../compare_trials.ts";
import type { Comparison, Trial } from "../types.ts";

/** What a strengthened workflow gives for what it costs, against the workflow as it stands, on the same cases. */
export interface Gain {
  /** First the strengthened one; its interval holds at 95% together with those of all other comparisons. */
  comparison: Comparison;
  /** `cannot tell` when the interval holds 0. */
  verdict: "better" | "worse" | "cannot tell";
  /** USD more per 100 cases; `null` when a price is unknown. */
  usdPer100Cases: number | null;
  /** More a case, those of retries left out. */
  requestsPerCase: number;
  inputTokensPerCase: number;
  outputTokensPerCase: number;
  /** Right answers more per USD more; `null` when it costs no more, or a price is unknown. */
  rightPerUsd: number | null;
  /** Right answers more per 1000 requests more; `null` when it makes no more requests. */
  rightPer1000Requests: number | null;
}

/**
 * Compares a strengthened workflow with the one as it stands. Cases count as independent of each other.
 *
 * @param comparisons How many comparisons are made: Tango's interval is taken at the level of 5% / comparisons
 * (Bonferroni), so that 95% holds for all of them together.
 * @throws RangeError when they were not measured on the same cases.
 */
export function gainOf(trial: Trial, baseline: Trial, comparisons: number): Gain {
  const plain = compareTrials(trial, baseline, comparisons);
  const interval = tangoInterval(plain, { z: normalQuantile(1 - 0.05 / (2 * comparisons)) });
  const cases = plain.pairs;
  const usd = trial.cost.usd === null || baseline.cost.usd === null
    ? null
    : Math.round(1e12 * (trial.cost.usd - baseline.cost.usd)) / 1e12; // sums of the same prices may differ in the last digit
  const requests = trial.cost.calls - baseline.cost.calls;
  const right = plain.onlyFirst - plain.onlySecond;
  return {
    comparison: { ...plain, interval },
    verdict: interval[0] > 0 ? "better" : interval[1] < 0 ? "worse" : "cannot tell",
    usdPer100Cases: usd === null ? null : 100 * usd / cases,
    requestsPerCase: requests / cases,
    inputTokensPerCase: (trial.cost.inputTokens - baseline.cost.inputTokens) / cases,
    outputTokensPerCase: (trial.cost.outputTokens - baseline.cost.outputTokens) / cases,
    rightPerUsd: usd !== null && usd > 0 ? right / usd : null,
    rightPer1000Requests: requests > 0 ? 1000 * right / requests : null,
  };
}

/** By price, then by requests, then by tokens; an unknown price comes last. */
export function cheaperFirst(a: Gain, b: Gain): number {
  const usd = ({ usdPer100Cases }: Gain) => usdPer100Cases ?? Number.MAX_VALUE;
  const tokens = (gain: Gain) => gain.inputTokensPerCase + gain.outputTokensPerCase;
  return usd(a) - usd(b) || a.requestsPerCase - b.requestsPerCase || tokens(a) - tokens(b);
}
