import type { Evaluation, GateResult } from "../../lib/experiment/mod.ts";
import { formatPercent } from "../../lib/report/mod.ts";
import { INFRASTRUCTURE } from "../../lib/scoring/mod.ts";
import { EXIT } from "../_cli.ts";

/** Share of a cell's observations that may fail by infrastructure, or of its judgements, before the run counts as failed. */
const ERROR_BUDGET = 0.1;

/** The exit code of a run that has ended, and why in words where it is not plain. */
export function exitCodeOf(
  { status, stopped, summary }: Evaluation,
  gate: GateResult[] | undefined,
  interrupted: number | undefined,
): { code: number; reason?: string } {
  if (interrupted !== undefined && status === "interrupted") return { code: interrupted };
  if (status === "budget") return { code: EXIT.budget };
  const broken = summary.cells.find(({ categories, observed }) =>
    INFRASTRUCTURE.reduce((sum, category) => sum + categories[category], 0) > ERROR_BUDGET * observed
  );
  if (broken) {
    const reason = `more than ${
      formatPercent(ERROR_BUDGET)
    } of ${broken.id} failed by infrastructure, not by the model`;
    return { code: EXIT.infrastructure, reason };
  }
  const unjudged = summary.cells.find(({ categories, observed, judge }) =>
    categories.judge_error > ERROR_BUDGET * observed || judge && judge.errors > ERROR_BUDGET * judge.asked
  );
  if (unjudged) {
    const reason = `more than ${
      formatPercent(ERROR_BUDGET)
    } of the judgements of ${unjudged.id} gave no verdict`;
    return { code: EXIT.infrastructure, reason };
  }
  if (stopped.length > 0) return { code: EXIT.infrastructure };
  return { code: gate?.some(({ verdict }) => verdict !== "pass") ? EXIT.gate : EXIT.done };
}
