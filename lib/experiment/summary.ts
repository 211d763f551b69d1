import { CATEGORIES, type Category, METRICS } from "../scoring/mod.ts";
import { readJournal, type RunStatus } from "./journal.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { callsOf, type CallSummary } from "./call_tally.ts";
import { type NamedCalls, namedCallsSummary } from "./named_calls.ts";
import { type Rate, rateOf } from "./rates.ts";
import { count, emptyTally, type JudgeTally, type Tally } from "./tally.ts";

/** What judges said in one cell, and what it cost. */
export interface JudgeSummary extends CallSummary {
  /** Outputs that a judge was asked about; the sum of the three below. */
  asked: number;
  passed: number;
  failed: number;
  /** Judges that gave no verdict: provider faults, unreadable replies, ties. */
  errors: number;
}

/** Every number of one cell, computed from the journal. */
export interface CellSummary extends CallSummary {
  id: string;
  variant: string;
  prompt: string;
  model: string;
  /** Cases x repeats of the plan. */
  planned: number;
  /** Observations in the journal. */
  observed: number;
  /** Different cases among them. */
  cases: number;
  /** Share of observations with every field correct. */
  accuracy: Rate;
  /** Observations by category; they add up to `observed`. */
  categories: Readonly<Record<Category, number>>;
  /** Per output field: share correct, and observations by outcome. */
  fields: Readonly<Record<string, Rate & { outcomes: Readonly<Record<string, number>> }>>;
  /** Per metric: mean over the observations that have it, their number, and how many had an error in it. */
  metrics: Readonly<Record<string, { mean: number | null; n: number; errors: number }>>;
  /** Where the program is a workflow of named calls. */
  named?: NamedCalls;
  /** Where a judge was asked; nothing of it is in the numbers above. */
  judge?: JudgeSummary;
}

/** A run with the numbers of its cells. */
export interface RunSummary {
  manifest: Manifest;
  /** How it ended last; `interrupted` when it was killed. */
  status: RunStatus;
  startedAt: string;
  endedAt: string;
  cells: readonly CellSummary[];
}

/**
 * Recomputes every number of a run from its journal.
 *
 * @param folder Folder of the run.
 * @throws InputError for a damaged journal.
 */
export async function summarizeRun(folder: string): Promise<RunSummary> {
  const manifest = await readManifest(folder);
  const tallies = new Map(manifest.cells.map(({ id }) => [id, emptyTally()]));
  let status: RunStatus = "interrupted";
  let [startedAt, endedAt] = [manifest.createdAt, manifest.createdAt];
  for await (const line of readJournal(folder, { cells: new Set(tallies.keys()) })) {
    if (line.type === "start") status = "interrupted";
    if (line.type === "end") {
      status = line.status;
      endedAt = line.at;
    }
    const tally = line.type === "observation" ? tallies.get(line.cell) : undefined;
    if (line.type !== "observation" || !tally) continue;
    endedAt = line.at;
    count(tally, line);
  }
  const planned = manifest.cases * manifest.repeats;
  const cells = manifest.cells.flatMap(({ id, variant, prompt, model }) => {
    const tally = tallies.get(id);
    return tally && tally.observed > 0 ? [finish({ id, variant, prompt, model, planned }, tally)] : [];
  });
  return { manifest, status, startedAt, endedAt, cells };
}

type CellName = Pick<CellSummary, "id" | "variant" | "prompt" | "model" | "planned">;

function finish(name: CellName, tally: Tally): CellSummary {
  const named = namedCallsSummary(tally.named);
  const fields = [...tally.fields].map(([field, { byCase, outcomes }]) => [
    field,
    { ...rateOf(byCase), outcomes: Object.fromEntries(outcomes) },
  ]);
  const metrics = Object.keys(METRICS).flatMap((metric) => {
    const { sum, n, errors } = tally.metrics.get(metric) ?? { sum: 0, n: 0, errors: 0 };
    return [[metric, { mean: n > 0 ? sum / n : null, n, errors }]];
  });
  return {
    ...name,
    observed: tally.observed,
    cases: tally.passedByCase.size,
    accuracy: rateOf(tally.passedByCase),
    categories: Object.fromEntries(CATEGORIES.map((key) => [key, tally.categories.get(key) ?? 0])) as Record<
      Category,
      number
    >,
    fields: Object.fromEntries(fields),
    metrics: Object.fromEntries(metrics),
    ...callsOf(tally),
    ...(named && { named }),
    ...(tally.judge && { judge: judgeOf(tally.judge) }),
  };
}

function judgeOf(tally: JudgeTally): JudgeSummary {
  const { passed, failed, errors } = tally;
  return { asked: passed + failed + errors, passed, failed, errors, ...callsOf(tally) };
}
