import { InputError } from "../io/mod.ts";
import {
  type EndpointsOptions,
  type Mode,
  type Model,
  type ModelSpec,
  NO_MODEL,
  NotStoredError,
  type RetryPolicy,
} from "../model/mod.ts";
import {
  type ArtifactFile,
  makeArtifact,
  optimize,
  type Optimized,
  type OptimizeEvent,
  type Optimizer,
  type Scorer,
} from "../optimize/mod.ts";
import { sumForecasts } from "../program/mod.ts";
import { judgeCase, scoreCase } from "../scoring/mod.ts";
import { checkBudget, checkPrices } from "./budget.ts";
import type { Task } from "./load_task.ts";
import type { Cell } from "./cells.ts";
import { judgeModels, type Plan, planRun } from "./plan.ts";
import { withModels } from "./with_models.ts";

/** What of a task is compiled, and how. */
export interface CompileOptions {
  optimizer: Optimizer;
  /** Name of the variant. */
  variant: string;
  /** Name of a prompt of the variant. @default {its only one} */
  prompt?: string;
  /** Of the task, or any `local:`, `openai:` or `BASE_URL#NAME`. @default {the task's only one} */
  model?: string;
  /** The model that answers the training cases. @default {the model itself} */
  teacher?: string;
  /** The model that rewrites instructions. @default {the model itself} */
  reflection?: string;
  /** @default {1} */
  seed?: number;
  /** Where replies may come from. @default {"auto"} */
  mode?: Mode;
  /** Most requests, stored ones included, so that a compilation always ends at the same place. */
  maxCalls?: number;
  /** No case is begun once calls, stored ones included, have cost this much, USD. */
  budgetUsd?: number;
  /** Folder of what runs make. @default {".assay"} */
  stateFolder?: string;
  /** Time and size limits of replies, environment. */
  endpoints?: Omit<EndpointsOptions, "concurrency">;
  /** How failed requests are repeated. */
  policy?: Partial<RetryPolicy>;
  /** Ends the work at once; the same call goes on from the stores. */
  signal?: AbortSignal;
  /** Told what happens. */
  onEvent?: (event: CompileEvent) => void;
  /** Day of the artifact. @default {the clock's} */
  now?: Date;
}

/** What happens during `compileTask()`, for a progress display. */
export type CompileEvent =
  | { type: "planned"; cell: Cell; mode: Mode; train: number; dev: number }
  | { type: "warning"; text: string }
  | OptimizeEvent;

/** A compilation of a task's variant that has ended. */
export interface Compilation {
  optimized: Optimized;
  /** `undefined` when nothing has evidence: a limit ended it too early. */
  artifact: ArtifactFile | undefined;
}

/**
 * Compiles one variant of a task: an optimizer learns from its train cases and chooses by its dev cases; its test
 * cases are held back. Every reply is kept as it comes, so the same call after a kill goes on where it was and makes
 * the same artifact.
 *
 * @throws InputError for names that the task does not have, no train case, unknown prices under a budget, and
 * replies that are neither stored nor may be asked.
 * @example Usage
 * ```ts
 * import { compileTask, loadTask } from "@lib/experiment/mod.ts";
 * import { bootstrapFewShot } from "@lib/optimize/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const { optimized } = await compileTask(await loadTask("ticket_triage"), {
 *   optimizer: bootstrapFewShot(),
 *   variant: "cot",
 *   prompt: "rules",
 *   model: "qwen2.5-coder-0.5b",
 *   mode: "replay",
 *   maxCalls: 30, // enough for the dev cases without examples
 *   stateFolder: await Deno.makeTempDir(),
 * });
 * assert.deepEqual([optimized.status, optimized.chosen?.name], ["budget", "baseline"]);
 * ```
 */
export async function compileTask(task: Task, options: CompileOptions): Promise<Compilation> {
  const { optimizer, mode = "auto", signal, onEvent = () => undefined, now = new Date() } = options;
  const plan = planOf(task, options);
  const cell = onlyCell(plan);
  const teacher = modelNamed(task, options, options.teacher);
  const reflection = modelNamed(task, options, options.reflection);
  const limits = limitsOf(options, [
    cell.model,
    ...judgeModels(plan),
    ...teacher ? [teacher] : [],
    ...reflection ? [reflection] : [],
  ]);
  const { experiment: { name, signature }, dataset: { cases, digest: dataset } } = task;
  const of = (split: string) => cases.filter((entry) => entry.split === split);
  const [train, dev, test] = [of("train"), of("dev"), of("test")];
  onEvent({ type: "planned", cell, mode, train: train.length, dev: dev.length });
  const optimized = await withModels(plan, mode, {
    ...options,
    keepEach: true,
    onEvent: (event) => event.type === "warning" && onEvent(event),
  }, ({ model: open }) =>
    optimize(optimizer, {
      program: cell.program,
      train,
      dev,
      test,
      scope: {
        model: open(cell.model),
        open,
        prompts: { [signature.name]: cell.instructions },
        examples: plan.examples,
        ...(open.embedder && { embedder: open.embedder }),
        ...(signal && { signal }),
      },
      scorer: scorerOf(task, plan.seed, open, signal),
      seed: plan.seed,
      ...(teacher && { teacher: { model: open(teacher) } }),
      ...(reflection && { reflection: open(reflection) }),
      limits,
      onEvent,
    })).catch(inWordsOfCompile);
  const { prompts, variants, models } = plan.digests;
  const artifact = optimized.chosen && optimized.status !== "errors"
    ? makeArtifact(optimized, {
      task: name,
      variant: cell.variant,
      prompt: cell.prompt,
      model: cell.model.name,
      ...(teacher && { teacher: teacher.name }),
      ...(reflection && { reflection: reflection.name }),
      digests: {
        dataset,
        signature: signature.digest,
        prompt: prompts[cell.prompt] ?? "",
        program: variants[cell.variant] ?? "",
        model: models[cell.model.name] ?? "",
      },
      cases: { train: train.length, dev: dev.length },
      createdAt: now.toISOString().slice(0, 10),
    })
    : undefined;
  return { optimized, artifact };
}

/** Scores as a run does: checks and judges included. */
function scorerOf(
  { experiment }: Task,
  seed: number,
  open: (spec: ModelSpec) => Model,
  signal: AbortSignal | undefined,
): Scorer {
  const { signature, judges } = experiment;
  return {
    async score(entry, prediction) {
      const { input, expected } = entry;
      const scope = { open, seed, ...(signal && { signal }) };
      const { findings, verdicts, calls } = await judgeCase(experiment, entry, prediction, scope);
      return { score: scoreCase(signature, { input, expected, prediction, findings, verdicts }), calls };
    },
    mostCalls: sumForecasts(Object.values(judges).map((judge) => judge.forecast())).calls.most,
  };
}

function planOf(task: Task, { variant, prompt, model, seed }: CompileOptions): Plan {
  return planRun(task, {
    variants: [variant],
    ...(prompt !== undefined && { prompts: [prompt] }),
    ...(model !== undefined && { models: [model] }),
    ...(seed !== undefined && { seed }),
    split: "all",
  });
}

function onlyCell({ cells }: Plan): Cell {
  const [cell] = cells;
  if (!cell || cell.model === NO_MODEL) {
    throw new InputError("A variant that asks no model cannot be compiled", {
      where: "--variant",
      found: cell?.variant ?? "nothing",
    });
  }
  for (
    const [what, names] of [
      ["prompt", cells.map(({ prompt }) => prompt)],
      ["model", cells.map(({ model }) => model.name)],
    ] as const
  ) {
    const known = [...new Set(names)];
    if (known.length === 1) continue;
    throw new InputError(`Which ${what}?`, {
      where: `--${what}`,
      found: `${known.length} of them`,
      expected: `one of: ${known.join(", ")}`,
      fix: `--${what} ${known[0]}`,
    });
  }
  return cell;
}

function modelNamed(task: Task, options: CompileOptions, name: string | undefined): ModelSpec | undefined {
  return name === undefined ? undefined : planOf(task, { ...options, model: name }).cells[0]?.model;
}

function limitsOf({ maxCalls, budgetUsd }: CompileOptions, models: readonly ModelSpec[]) {
  if (budgetUsd !== undefined) {
    checkBudget(budgetUsd);
    checkPrices(models);
  }
  return { ...(maxCalls !== undefined && { maxCalls }), ...(budgetUsd !== undefined && { budgetUsd }) };
}

function inWordsOfCompile(error: unknown): never {
  if (!(error instanceof NotStoredError)) throw error;
  const { where, expected } = error.details;
  throw new InputError(`A request to ${error.spec.name} was never recorded`, {
    ...(where !== undefined && { where }),
    ...(expected !== undefined && { expected }),
    fix:
      "compile without --replay, which calls the endpoint; or with --record, which keeps replies with the task",
    cause: error,
  });
}
