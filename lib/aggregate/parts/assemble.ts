import type { Answers } from "../answers.ts";
import type { FieldVerdict, VerdictFlag, Vote } from "../types.ts";
import { multimodal, verdict } from "../verdict.ts";
import { presentOf } from "./absence.ts";
import type { Built } from "./built.ts";

/** The verdict on a value of parts: as certain as the least certain of them. */
export function assemble(
  answers: Answers,
  votes: readonly Vote[],
  { value, parts, shares, tied }: Built,
  options: { minShare: number },
): FieldVerdict {
  const all = Object.values(parts);
  const present = presentOf(answers).length;
  const flags = new Set<VerdictFlag>(all.flatMap((part) => part.flags));
  if (tied || 2 * present === answers.n) flags.add("tie");
  const share = Math.min(present / answers.n, ...shares, ...all.map((part) => part.share));
  const finding = { share, votes, flags: [...flags], ...(all.length > 0 && { parts }) };
  const steady = all.every((part) => part.status === "ok" && part.stable);
  return all.every(({ status }) => status === "ok")
    ? verdict(answers, value, finding, { ...options, steady })
    : multimodal(answers, value, finding);
}
