import type { CaseScore } from "../score_case.ts";

/** A number that says how good a scored case is. */
export interface Metric {
  /** What it measures, with its range. */
  description: string;
  /** Whether every value is 0 or 1, so that its mean is a rate of counts. */
  binary: boolean;
  /** The value for one case; a throw, NaN or infinity is counted as a metric error. */
  compute: (score: Pick<CaseScore, "category" | "fields">) => number;
}
