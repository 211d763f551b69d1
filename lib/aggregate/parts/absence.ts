import type { Answer, Answers } from "../answers.ts";
import type { FieldVerdict, Vote } from "../types.ts";
import { verdict } from "../verdict.ts";

/** The answers that hold something. */
export function presentOf({ answers }: Answers): readonly Answer[] {
  return answers.filter(({ value }) => value !== null);
}

/**
 * The verdict `null` when that is what most samples say; whether there is anything at all is voted on before
 * its parts are. Of as many for and against, the one sampled first counts.
 */
export function absence(
  answers: Answers,
  votes: readonly Vote[],
  options: { minShare: number },
): FieldVerdict | undefined {
  const nulls = answers.n - presentOf(answers).length;
  const tied = 2 * nulls === answers.n;
  if (2 * nulls < answers.n || (tied && answers.answers[0]?.value !== null)) return undefined;
  return verdict(answers, null, { share: nulls / answers.n, votes, flags: tied ? ["tie"] : [] }, options);
}
