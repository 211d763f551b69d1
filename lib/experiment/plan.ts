import { type Case, type Split, SPLITS } from "../dataset/mod.ts";
import { digest, digestText, InputError, suggest } from "../io/mod.ts";
import { type ModelSpec, parseModelName } from "../model/mod.ts";
import type { Corpus, ExampleChoice } from "../program/mod.ts";
import { RENDERER_VERSION } from "../prompt/mod.ts";
import type { Experiment } from "./definition.ts";
import { type Cell, crossCells } from "./cells.ts";
import { examplesOf } from "./examples.ts";
import type { Task } from "./load_task.ts";

/** Which part of a task's matrix is run; kept in the manifest, so that a resumed run is the same one. */
export interface Selection {
  /** @default {all of the task} */
  variants?: readonly string[];
  /** Names of the task's models, or any `local:`, `openai:` or `BASE_URL#NAME`. @default {all of the task} */
  models?: readonly string[];
  /** @default {all of the task} */
  prompts?: readonly string[];
  /** @default {the task's} */
  repeats?: number;
  /** Only the first so many cases, after the split. */
  limit?: number;
  /** Only the cases of one split, or all. @default {the task's} */
  split?: Split | "all";
  /** @default {1} */
  seed?: number;
}

/** Digests of everything that a score depends on. */
export interface Digests {
  dataset: string;
  /** Failures of earlier runs that the task keeps; none where it keeps none. */
  failures?: string;
  /** Version of the renderer: the same signature and prompt give the same messages. */
  renderer: string;
  signature: string;
  prompts: Readonly<Record<string, string>>;
  variants: Readonly<Record<string, string>>;
  models: Readonly<Record<string, string>>;
  /** Rubric, models and strategy of each judge, where the task has one. */
  judges?: Readonly<Record<string, string>>;
  /** Source text of each check, where the task has one. */
  checks?: Readonly<Record<string, string>>;
}

/** What a run will do: every cell, case and repeat. */
export interface Plan {
  task: Task;
  selection: Selection;
  cells: readonly Cell[];
  cases: readonly Case[];
  /** Solved cases that programs learn from. */
  examples: (choice: ExampleChoice) => Corpus;
  repeats: number;
  seed: number;
  digests: Digests;
}

/**
 * Plans a run. Nothing is opened or called.
 *
 * @throws InputError for names that the task does not have, and for a selection that leaves nothing to run.
 */
export function planRun(task: Task, selection: Selection = {}): Plan {
  const { experiment, dataset } = task;
  for (const axis of ["variants", "models", "prompts"] as const) {
    if (selection[axis]?.length === 0) {
      throw new InputError("Nothing to run", {
        where: `--${axis}`,
        found: "a list without a name",
        fix: "name at least one, or leave it out for all of the task",
      });
    }
  }
  const variants = pick(experiment.variants, selection.variants, "variant");
  const prompts = pick(experiment.prompts, selection.prompts, "prompt");
  const models = pickModels(experiment.models, selection.models);
  const repeats = positive(selection.repeats ?? experiment.repeats, "--repeats");
  const seed = selection.seed ?? 1;
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new InputError("Bad seed", { where: "--seed", found: String(seed), expected: "an integer from 0" });
  }
  const cells = crossCells(experiment, { variants, prompts, models });
  const cases = pickCases(dataset.cases, { ...selection, split: selection.split ?? experiment.split });
  return {
    task,
    selection,
    cells,
    cases,
    examples: examplesOf(task, cases),
    repeats,
    seed,
    digests: {
      dataset: dataset.digest,
      ...(task.failures.length > 0 && { failures: digest(task.failures) }),
      renderer: RENDERER_VERSION,
      signature: experiment.signature.digest,
      prompts: mapValues(prompts, (instructions) => instructions.digest),
      variants: mapValues(variants, (program) => digest(program.describe())),
      models: Object.fromEntries(models.map((model) => [model.name, modelDigest(model)])),
      ...judgeDigests(experiment),
    },
  };
}

/** Every model that a judge of the plan's task asks. */
export function judgeModels({ task }: Plan): readonly ModelSpec[] {
  const models = Object.values(task.experiment.judges).flatMap((judge) => judge.models);
  return [...new Map(models.map((model) => [model.name, model])).values()];
}

function judgeDigests({ judges, checks }: Experiment): Pick<Digests, "judges" | "checks"> {
  return {
    ...(Object.keys(judges).length > 0 && { judges: mapValues(judges, (judge) => digest(judge.describe())) }),
    ...(Object.keys(checks).length > 0 &&
      { checks: mapValues(checks, (check) => digestText(String(check))) }),
  };
}

/** Digest of what a model's replies depend on; price and concurrency do not change them. */
function modelDigest({ model, endpoint, structure, sampling, sendsSeed, tokenLimit }: ModelSpec): string {
  return digest({ model, endpoint: endpoint.id, structure, sampling, sendsSeed, tokenLimit });
}

function pick<T>(
  known: Readonly<Record<string, T>>,
  names: readonly string[] | undefined,
  what: string,
): Record<string, T> {
  if (names === undefined) return { ...known };
  return Object.fromEntries(names.map((name): [string, T] => {
    const found = Object.hasOwn(known, name) ? known[name] : undefined;
    if (found === undefined) throw unknownName(name, Object.keys(known), what);
    return [name, found];
  }));
}

function pickModels(known: readonly ModelSpec[], names: readonly string[] | undefined): readonly ModelSpec[] {
  if (names === undefined) return known;
  const chosen = names.map((name) => {
    const found = known.find((model) => model.name === name || model.model === name) ?? parseModelName(name);
    if (!found) throw unknownName(name, known.map((model) => model.name), "model");
    return found;
  });
  return [...new Map(chosen.map((model) => [model.name, model])).values()];
}

function pickCases(cases: readonly Case[], { split, limit }: Selection): readonly Case[] {
  if (split !== undefined && split !== "all" && !SPLITS.includes(split)) {
    throw unknownName(split, [...SPLITS, "all"], "split");
  }
  const kept = split === undefined || split === "all"
    ? cases
    : cases.filter((entry) => entry.split === split);
  if (kept.length === 0) {
    throw new InputError("Nothing to run", { where: `--split ${split}`, found: "no case of that split" });
  }
  return limit === undefined ? kept : kept.slice(0, positive(limit, "--limit"));
}

function positive(value: number, flag: string): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InputError(`Bad value of ${flag}`, {
    where: flag,
    found: String(value),
    expected: "an integer from 1",
  });
}

function unknownName(name: string, known: readonly string[], what: string): InputError {
  const near = suggest(name, known);
  const models = what === "model" ? "; or any local:NAME, openai:NAME, BASE_URL#NAME" : "";
  return new InputError(`Unknown ${what} "${name}"`, {
    where: `--${what}s`.replace("splits", "split"),
    expected: `one of: ${known.join(", ")}${models}`,
    ...(near && { fix: `did you mean ${near}?` }),
  });
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
