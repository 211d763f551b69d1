import type { Call } from "../model/mod.ts";
import type { Diagnostics, Failure } from "../program/mod.ts";
import type { CaseScore, JudgeVerdict, NamedCallScore } from "../scoring/mod.ts";

/** A prediction as the journal keeps it; its calls stand beside it. */
export type StoredPrediction =
  & { diagnostics: Diagnostics }
  & (
    | { status: "ok"; output: unknown }
    | { status: "abstained"; reason: string }
    | { status: "failed"; failure: Failure }
  );

/** One line of the journal: what became of one case in one cell at one repeat. */
export interface Observation {
  /** Id of the cell. */
  cell: string;
  /** Id of the case. */
  case: string;
  /** From 0. */
  repeat: number;
  /** When it was finished, ISO 8601. */
  at: string;
  prediction: StoredPrediction;
  calls: readonly Call[];
  /** What judges said, where one was asked; never part of the task's own calls, cost and time. */
  judge?: { verdicts: Readonly<Record<string, JudgeVerdict>>; calls: readonly Call[] };
  score: CaseScore;
  /** What became of the named calls of a workflow, one for each of `prediction.diagnostics.calls`. */
  named?: readonly NamedCallScore[];
}

/** Every request of an observation: the task's own, then those of its judges. */
export function allCalls({ calls, judge }: Pick<Observation, "calls" | "judge">): readonly Call[] {
  return judge ? [...calls, ...judge.calls] : calls;
}

/** The identity of an observation inside a run. */
export function observationKey(observation: Pick<Observation, "cell" | "case" | "repeat">): string {
  return `${observation.cell}\n${observation.case}\n${observation.repeat}`;
}
