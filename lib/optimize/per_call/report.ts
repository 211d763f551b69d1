import type { Interval } from "../../stats/mod.ts";
import type { Gain } from "./gain.ts";
import type { WorkflowMeasure } from "./measure.ts";

/** A strengthening that was tried on some calls of a workflow. */
export interface TriedStrengthening {
  /** Name of the strengthening. */
  strengthening: string;
  /** Calls that it was put on. */
  calls: readonly string[];
  /** Whether those are all calls of the workflow. */
  everywhere: boolean;
  right: number;
  total: number;
  /** 95% of the share right, Wilson's, at the effective number of independent cases. */
  interval: Interval | null;
  /** `null` when a limit ended it before the last case, so that nothing can be said. */
  gain: Gain | null;
  /** The workflow as it would stand in the code of the task. */
  code: string;
}

/** What a per-call search found out; plain data. */
export interface PerCallReport {
  workflow: string;
  split: "dev";
  cases: number;
  /** Samples of each call, for its instability. */
  samples: number;
  /** Requests that the whole search was to make, without retries; corrections and early stops make the difference. */
  forecast: { least: number; most: number };
  /** The workflow as it stands. */
  baseline: { right: number; total: number; interval: Interval | null };
  measured: WorkflowMeasure;
  tried: readonly TriedStrengthening[];
  /** Strengthenings that change nothing in a call. */
  inapplicable: readonly { strengthening: string; calls: readonly string[] }[];
  /** The cheapest that is better; `null` when none is. */
  recommended: TriedStrengthening | null;
}

/**
 * The recommendation of a search: the cheapest strengthening whose difference has its whole
 * interval above 0; `null` when there is none.
 */
export function recommend(
  tried: readonly TriedStrengthening[],
  cheaperFirst: (a: Gain, b: Gain) => number,
): TriedStrengthening | null {
  const better = tried.flatMap((one) => one.gain?.verdict === "better" ? [{ one, gain: one.gain }] : []);
  return better.toSorted((a, b) => cheaperFirst(a.gain, b.gain))[0]?.one ?? null;
}
