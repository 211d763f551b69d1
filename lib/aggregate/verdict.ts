import type { Answers } from "./answers.ts";
import type { Agreement, FieldVerdict } from "./types.ts";

/** Least share of the samples behind a stable value, and behind a group of numbers that may speak for all. */
export const MIN_SHARE = 0.6;

/** What aggregators add to the counts of samples. */
export type Finding = Omit<Agreement, "n" | "abstained" | "failed">;

/** The verdict when nobody stated a value. */
export function noSamples({ n, abstained, failed }: Answers): FieldVerdict {
  return { status: "unresolved", reason: "no_samples", n, abstained, failed, share: 0, votes: [], flags: [] };
}

/** A verdict with a value; it is stable when `steady` and the counts of samples and votes carry it. */
export function verdict(
  { n, abstained, failed }: Answers,
  value: unknown,
  finding: Finding,
  { minShare, steady = true }: { minShare: number; steady?: boolean },
): FieldVerdict {
  const carried = n >= 2 && n >= abstained + failed && finding.share >= minShare;
  const stable = carried && steady && !finding.flags.includes("tie");
  return { status: "ok", value, stable, n, abstained, failed, ...finding };
}

/** The verdict when no value speaks for all. */
export function multimodal(
  { n, abstained, failed }: Answers,
  leading: unknown,
  finding: Finding,
): FieldVerdict {
  return { status: "unresolved", reason: "multimodal", leading, n, abstained, failed, ...finding };
}

/** Checks a least share, as options give it. */
export function checkMinShare(minShare: number): number {
  if (minShare > 0 && minShare <= 1) return minShare;
  throw new RangeError(
    `Cannot aggregate as minShare must be above 0 and at most 1: current value is ${minShare}`,
  );
}
