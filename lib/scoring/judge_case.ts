import type { Call } from "../model/mod.ts";
import type { Diagnostics, Failure, Prediction, Scope } from "../program/mod.ts";
import { scoredFields, type Signature } from "../signature/mod.ts";
import type { Judge } from "./judge.ts";
import { applyChecks, type CheckedCase, type CheckFinding, type Checks } from "./judge_checks.ts";
import type { Judgement } from "./judge_signature.ts";
import { needsJudge } from "./score_case.ts";

/** What a judge said of a field, or why it said nothing. */
export type JudgeVerdict =
  & { judge: string; diagnostics: Diagnostics }
  & (
    | { status: "ok"; output: Judgement; action?: string }
    | { status: "abstained"; reason: string }
    | { status: "failed"; failure: Failure }
  );

/** What checks and judges found in one prediction; nothing where a task has none. */
export interface Judging {
  /** By field, those that pass left out. */
  findings: Readonly<Record<string, CheckFinding>>;
  /** By field, of those that only a judge can decide about. */
  verdicts: Readonly<Record<string, JudgeVerdict>>;
  /** Requests of the judges; the task's own stand with its prediction. */
  calls: readonly Call[];
}

/** Who decides about the outputs of a task. */
export interface JudgedTask {
  signature: Signature;
  /** Judges by name. */
  judges: Readonly<Record<string, Judge>>;
  checks: Checks;
}

/**
 * Checks a prediction and asks the judges of the fields that nothing else decides: not those of a failed
 * prediction, of a broken rule, or with the text of the reference. Judges see nothing of the run but its models, its
 * seed and its signal; their calls stand under `judge <name>`.
 */
export async function judgeCase(
  { signature, judges, checks }: JudgedTask,
  entry: CheckedCase,
  prediction: Prediction<Record<string, unknown>>,
  { open, seed, signal }: Pick<Scope, "open" | "seed" | "signal">,
): Promise<Judging> {
  if (prediction.status !== "ok") return { findings: {}, verdicts: {}, calls: [] };
  const { output } = prediction;
  const { input, expected } = entry;
  const findings = applyChecks(checks, output, entry);
  const verdicts: Record<string, JudgeVerdict> = {};
  const calls: Call[] = [];
  for (const field of scoredFields(signature)) {
    const { compare, name } = field;
    const value = { predicted: output[name], expected: expected[name], input, finding: findings[name] };
    if (compare.by !== "judge" || !needsJudge(field, value)) continue;
    const judge = judges[compare.judge];
    const [first] = judge?.models ?? [];
    if (!judge || !first) {
      throw new RangeError(`Cannot judge ${name} as there is no judge "${compare.judge}"`);
    }
    const said = await judge.run(judge.evidence({ input, output, expected }), {
      open,
      seed,
      ...(signal && { signal }),
      model: open(first),
      rollout: 0, // the same output gets the same verdict, whichever cell and repeat it comes from
      path: [`judge ${compare.judge}`],
    });
    const { calls: asked, ...verdict } = said;
    verdicts[name] = { judge: compare.judge, ...verdict };
    calls.push(...asked);
  }
  return { findings, verdicts, calls };
}
