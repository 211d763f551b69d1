import { presentOf } from "./absence.ts";
import type { Answers } from "./answers.ts";
import type { FieldVerdict, VerdictFlag, Vote } from "./types.ts";
import { verdict } from "./verdict.ts";

/** A value put together from its parts. */
export interface Assembly {
  value: unknown;
  /** Verdict on each part by its path. */
  parts: Readonly<Record<string, FieldVerdict>>;
  /** Agreement on which parts there are, each from 0 to 1. */
  shares: readonly number[];
  votes: readonly Vote[];
  tied: boolean;
}

/** The verdict on a value of parts: as certain as the least certain of them. */
export function assemble(
  answers: Answers,
  { value, parts, shares, votes, tied }: Assembly,
  options: { minShare: number },
): FieldVerdict {
  const all = Object.values(parts);
  const present = presentOf(answers).length;
  const flags = new Set<VerdictFlag>(all.flatMap((part) => part.flags));
  if (tied || 2 * present === answers.n) flags.add("tie");
  const share = Math.min(present / answers.n, ...shares, ...all.map((part) => part.share));
  const finding = { share, votes, flags: [...flags], ...(all.length > 0 && { parts }) };
  const steady = all.every((part) => part.status === "ok" && part.stable);
  if (all.every(({ status }) => status === "ok")) {
    return verdict(answers, value, finding, { ...options, steady });
  }
  const { n, abstained, failed } = answers;
  return { status: "unresolved", reason: "multimodal", leading: value, n, abstained, failed, ...finding };
}
