import { join, resolve } from "node:path";
import type { Mode } from "../model/mod.ts";
import { pairCells } from "./against_baseline.ts";
import { checkBudget, checkPrices } from "./budget.ts";
import type { EvaluateOptions, RunEvent } from "./evaluate_options.ts";
import { Journal } from "./journal.ts";
import type { Task } from "./load_task.ts";
import { allMissing, type LookUp, lookUp } from "./look_up.ts";
import { cellsOf, type Manifest, manifestOf, readManifest, writeManifest } from "./manifest.ts";
import type { Opener } from "./opener.ts";
import { type Plan, planRun, type Selection } from "./plan.ts";
import { continueRun, planAgain, type Progress } from "./resume.ts";
import { findRun, type HeldRun, holdRun, newRunId } from "./run_folder.ts";
import { type RunEnd, runPlan } from "./runner.ts";
import type { Stores } from "./stores.ts";
import { type RunSummary, summarizeRun } from "./summary.ts";
import { withModels } from "./with_models.ts";

/** A run that has ended. */
export interface Evaluation extends RunEnd {
  folder: string;
  /** Every number, recomputed from the journal. */
  summary: RunSummary;
}

/**
 * Runs a task's matrix and keeps every observation in a durable journal.
 *
 * @throws InputError before the first request: bad selection, replies that are neither stored nor may be
 * asked, endpoints that cannot be reached, missing keys, changed inputs of a resumed run.
 * @example Usage
 * ```ts
 * import { evaluate, loadTask } from "@lib/experiment/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const task = await loadTask("ticket_triage");
 * const stateFolder = await Deno.makeTempDir();
 * const { summary } = await evaluate(task, { mode: "replay", variants: ["predict"], limit: 5, stateFolder });
 * assert.equal(summary.cells.at(-1)?.accuracy.total, 5);
 * ```
 */
export async function evaluate(task: Task, options: EvaluateOptions = {}): Promise<Evaluation> {
  const { resume, signal, stateFolder = ".assay", onEvent = () => undefined } = options;
  const runs = join(resolve(stateFolder), "runs");
  const held = resume === undefined
    ? undefined
    : await holdRun(await findRun(runs, resume === true ? { task: task.experiment.name } : { id: resume }));
  try {
    const before = held && await readManifest(held.folder);
    const plan = before ? planAgain(task, before) : planRun(task, selectionOf(options));
    const mode = options.mode ?? before?.mode ?? "auto";
    if (options.budgetUsd !== undefined) {
      checkBudget(options.budgetUsd);
      checkPrices(plan.cells.map((cell) => cell.model));
    }
    if (options.baseline !== undefined) pairCells(cellsOf(plan), options.baseline);
    const progress = held && before ? await continueRun(held.folder, before, plan, onEvent) : undefined;
    return await withModels(plan, mode, { ...options, onEvent }, async (open, stores) => {
      const found = await (mode === "live" ? allMissing : lookUp)(
        plan,
        open.stored,
        progress?.done ?? new Map(),
      );
      if (mode === "replay" && found.first) throw found.first;
      if (options.budgetUsd !== undefined) checkPrices(found.models);
      for (const spec of found.models) await open.endpoint(spec);
      signal?.throwIfAborted();
      const id = before?.id ?? newRunId(task.experiment.name);
      const run = held ?? await holdRun(join(runs, id));
      try {
        return await record({ plan, mode, run, before, found, progress, id, open: open.model, stores }, {
          ...options,
          onEvent,
        });
      } finally {
        if (!held) run.release();
      }
    });
  } finally {
    held?.release();
  }
}

interface Parts {
  plan: Plan;
  mode: Mode;
  run: HeldRun;
  before: Manifest | undefined;
  found: LookUp;
  progress: Progress | undefined;
  id: string;
  open: Opener;
  stores: Stores;
}

async function record(
  parts: Parts,
  options: EvaluateOptions & { onEvent: (event: RunEvent) => void },
): Promise<Evaluation> {
  const { plan, mode, run: { folder }, before, found, progress, id, open, stores } = parts;
  const { onEvent, signal, concurrency, budgetUsd } = options;
  const codeCommit = await options.codeCommit;
  const createdAt = new Date().toISOString();
  const manifest = before ?? manifestOf(plan, { id, mode, createdAt, ...(codeCommit && { codeCommit }) });
  if (!before) await writeManifest(folder, manifest);
  const total = plan.cells.length * plan.cases.length * plan.repeats;
  let done = progress?.done.size ?? 0;
  const recordedOn = [...new Set(stores.recordings.headers.map(({ recordedAt }) => recordedAt))].sort();
  onEvent({ type: "planned", manifest, folder, mode, plan, found, resumed: done, recordedOn });
  const end = await (async () => {
    await using journal = await Journal.open(folder, progress?.texts);
    await journal.mark({ type: "start", at: createdAt, mode });
    const ended = await runPlan(plan, {
      journal,
      open,
      ...(concurrency !== undefined && { concurrency }),
      ...(progress && { done: progress.done, spentUsd: progress.spentUsd }),
      ...(signal && { signal }),
      ...(budgetUsd !== undefined && { budgetUsd }),
      onObservation: (observation) => onEvent({ type: "observation", observation, done: ++done, total }),
    });
    await journal.mark({ type: "end", at: new Date().toISOString(), status: ended.status });
    return ended;
  })();
  return { ...end, folder, summary: await summarizeRun(folder) };
}

function selectionOf({ variants, models, prompts, repeats, limit, split, seed }: EvaluateOptions): Selection {
  return {
    ...(variants && { variants }),
    ...(models && { models }),
    ...(prompts && { prompts }),
    ...(repeats !== undefined && { repeats }),
    ...(limit !== undefined && { limit }),
    ...(split !== undefined && { split }),
    ...(seed !== undefined && { seed }),
  };
}
