import type { Case } from "../../dataset/mod.ts";
import { agreementOf, type CallRecord, namedCallsOf } from "../../program/mod.ts";
import { isWrong, type NamedCallScore, scoreCalls } from "../../scoring/mod.ts";
import type { Signature } from "../../signature/mod.ts";
import { clusteredInterval, type Interval } from "../../stats/mod.ts";
import type { CaseRun } from "../types.ts";

/** What a named call of a workflow does, as it stands. */
export interface CallMeasure {
  name: string;
  /** Times it was called; the sum of the three below. */
  called: number;
  ok: number;
  abstained: number;
  failed: number;
  /**
   * Results whose fields are all correct, as far as the task has them too, over all results, failed ones included, with
   * the 95% Wilson interval at the effective number of independent cases; `null` when it has no field of the task.
   */
  accuracy: { right: number; total: number; interval: Interval } | null;
  /** Cases that are not correct and in which it was the first wrong call. */
  firstWrong: number;
  /** 1 minus the mean agreement of its samples on the same inputs, 0 to 1; `null` when nothing was sampled. */
  instability: number | null;
}

/** The named calls of a workflow, and which of them errors begin with; the errors add up. */
export interface WorkflowMeasure {
  calls: readonly CallMeasure[];
  /** Cases that are not correct; in `noneOfItsOwn` of them no call was wrong in a field of its own. */
  errors: { total: number; noneOfItsOwn: number };
}

/**
 * Measures the named calls of a workflow.
 *
 * @param names Of its calls, in the order in which they are reported.
 * @param runs Of the workflow as it stands.
 * @param probed Of the workflow with each call sampled beside its own answer.
 */
export function measureCalls(
  names: readonly string[],
  signature: Signature,
  runs: readonly CaseRun[],
  probed: readonly CaseRun[],
): WorkflowMeasure {
  const scored = runs.map((run) => ({
    run,
    scores: scoreCalls(signature, { ...run.case, prediction: run.prediction }) ?? [],
  }));
  const errors = scored.filter(({ run }) => run.score.category !== "correct");
  const blamed = errors.map(({ scores }) => scores.find(isWrong)?.name);
  const records = probed.flatMap(({ prediction: { diagnostics } }) => namedCallsOf(diagnostics) ?? []);
  const calls = names.map((name): CallMeasure => {
    const own = scored.flatMap(({ run, scores }) =>
      scores.filter((said) => said.name === name).map((said) => ({ case: run.case, said }))
    );
    const count = (status: CallRecord["status"]) => own.filter(({ said }) => said.status === status).length;
    const shares = records.flatMap((record) => record.name === name ? agreementOf(record) ?? [] : []);
    const agreement = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    return {
      name,
      called: own.length,
      ok: count("ok"),
      abstained: count("abstained"),
      failed: count("failed"),
      accuracy: accuracyOf(own),
      firstWrong: blamed.filter((blame) => blame === name).length,
      instability: shares.length > 0 ? 1 - agreement : null,
    };
  });
  const noneOfItsOwn = blamed.filter((name) => name === undefined).length;
  return { calls, errors: { total: errors.length, noneOfItsOwn } };
}

function accuracyOf(own: readonly { case: Case; said: NamedCallScore }[]): CallMeasure["accuracy"] {
  const without = ({ said: { status, outcomes } }: { said: NamedCallScore }) =>
    status === "ok" && Object.keys(outcomes).length === 0;
  const scored = own.filter((one) => !without(one));
  const unscorable = own.some(without) && scored.every(({ said }) => said.status !== "ok");
  if (scored.length === 0 || unscorable) return null;
  const clusters = Map.groupBy(
    scored,
    ({ case: { id, group, session } }) =>
      group !== undefined ? `group ${group}` : session !== undefined ? `session ${session}` : `case ${id}`,
  );
  const rates = [...clusters.values()].map((cluster) => ({
    passed: cluster.filter(({ said }) => !isWrong(said)).length,
    total: cluster.length,
  }));
  const right = rates.reduce((sum, { passed }) => sum + passed, 0);
  return { right, total: scored.length, interval: clusteredInterval(rates).interval };
}
