import { join, resolve } from "node:path";
import { InputError } from "../io/mod.ts";
import {
  createEndpoints,
  type EndpointsOptions,
  type Mode,
  type Model,
  type ModelSpec,
  openModel,
  type RetryPolicy,
} from "../model/mod.ts";
import { pairCells } from "./against_baseline.ts";
import { Journal } from "./journal.ts";
import type { Task } from "./load_task.ts";
import { allMissing, type LookUp, lookUp } from "./look_up.ts";
import { cellsOf, type Manifest, manifestOf, readManifest, writeManifest } from "./manifest.ts";
import type { Observation } from "./observation.ts";
import { type Plan, planRun, type Selection } from "./plan.ts";
import { continueRun, planAgain, type Progress } from "./resume.ts";
import { findRun, type HeldRun, holdRun, newRunId } from "./run_folder.ts";
import { type RunEnd, runPlan } from "./runner.ts";
import { openStores, type Stores } from "./stores.ts";
import { type RunSummary, summarizeRun } from "./summary.ts";

/** What happens during {@linkcode evaluate}, for a progress display. */
export type RunEvent =
  | {
    type: "planned";
    manifest: Manifest;
    folder: string;
    mode: Mode;
    plan: Plan;
    found: LookUp;
    resumed: number;
    recordedOn: readonly string[];
  }
  | { type: "observation"; observation: Observation; done: number; total: number }
  | { type: "warning"; text: string };

/** Options of {@linkcode evaluate}. */
export interface EvaluateOptions extends Selection {
  /** Where replies may come from. @default {"auto"} */
  mode?: Mode;
  /** Goes on with a run: its id, or `true` for the task's latest. The run keeps its own selection. */
  resume?: string | true;
  /** Requests in flight per endpoint. @default {what each endpoint takes} */
  concurrency?: number;
  /** A variant or cell that the run must have, because it will be compared with it. */
  baseline?: string;
  /** No case is begun once live calls have cost this much, USD. Needs known prices. */
  budgetUsd?: number;
  /** Folder of what runs make. @default {".assay"} */
  stateFolder?: string;
  /** Time and size limits of replies, environment. */
  endpoints?: Omit<EndpointsOptions, "concurrency">;
  /** How failed requests are repeated. */
  policy?: Partial<RetryPolicy>;
  /** Ends the run at once; it can be resumed. */
  signal?: AbortSignal;
  /** Commit of the code, for the manifest. */
  codeCommit?: Promise<string | undefined>;
  /** Told what happens. */
  onEvent?: (event: RunEvent) => void;
}

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
 * const { summary } = await evaluate(task, { mode: "replay", models: ["qwen2.5-coder-0.5b"], limit: 5, stateFolder });
 * assert.equal(summary.cells[0]?.accuracy.total, 10); // 5 cases, 2 repeats
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
        progress?.done ?? new Set(),
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

interface Opened {
  /** A model in the run's mode. */
  model: (spec: ModelSpec) => Model;
  /** A model that answers from the stores alone; in mode `live` there are none. */
  stored: (spec: ModelSpec) => Model;
  /** Opens a model's endpoint and, in mode `record`, its recordings; or says why it cannot. */
  endpoint: (spec: ModelSpec) => Promise<void>;
}

type Options = EvaluateOptions & { onEvent: (event: RunEvent) => void };

async function withModels<T>(
  plan: Plan,
  mode: Mode,
  options: Options,
  work: (open: Opened, stores: Stores) => Promise<T>,
): Promise<T> {
  const { folder } = plan.task;
  const onWarning = (text: string) => options.onEvent({ type: "warning", text });
  const cachePath = join(resolve(options.stateFolder ?? ".assay"), "cache", "replies.sqlite");
  const endpoints = createEndpoints({
    ...options.endpoints,
    ...(options.concurrency && { concurrency: options.concurrency }),
  });
  const stores = await openStores({ mode, taskFolder: folder, cachePath, onWarning });
  const opener = (inMode: Mode) => {
    const opened = new Map<string, Model>();
    return (spec: ModelSpec): Model => {
      const known = opened.get(spec.name);
      if (known) return known;
      const recordings = stores.recorder?.(spec) ?? stores.recordings;
      const cache = mode === "live" && inMode === "replay" ? undefined : stores.cache;
      const model = openModel(spec, {
        mode: inMode,
        recordings,
        endpoints,
        ...(cache && { cache }),
        ...(options.policy && { policy: options.policy }),
      });
      opened.set(spec.name, model);
      return model;
    };
  };
  try {
    return await work({
      model: opener(mode),
      stored: opener("replay"),
      endpoint: async (spec) => {
        await endpoints.open(spec);
        await stores.recorder?.(spec).open();
      },
    }, stores);
  } finally {
    await endpoints.close();
    await stores.close();
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
  open: (spec: ModelSpec) => Model;
  stores: Stores;
}

async function record(parts: Parts, options: Options): Promise<Evaluation> {
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

function checkBudget(budgetUsd: number): void {
  if (budgetUsd > 0) return;
  throw new InputError("Bad budget", {
    where: "--budget-usd",
    found: String(budgetUsd),
    expected: "a number above 0",
  });
}

function checkPrices(models: readonly ModelSpec[]): void {
  const unknown = models.find((model) => !model.price);
  if (!unknown) return;
  throw new InputError(`The price of ${unknown.name} is unknown, so no budget can be kept`, {
    where: "--budget-usd",
    fix:
      "state it in the task: price: { inputPerMillion, cachedInputPerMillion, outputPerMillion, source, asOf }",
  });
}
