import { join } from "node:path";
import { atomicWrite, InputError } from "../io/mod.ts";
import type { Mode } from "../model/mod.ts";
import type { Digests, Plan, Selection } from "./plan.ts";

/** What a run is, written before its first request and never changed. */
export interface Manifest {
  format: "assay-run/1";
  /** Name of the run's folder. */
  id: string;
  task: string;
  createdAt: string;
  mode: Mode;
  selection: Selection;
  digests: Digests;
  cells: readonly {
    id: string;
    variant: string;
    prompt: string;
    model: string;
    structure: string;
    price: string;
  }[];
  cases: number;
  repeats: number;
  seed: number;
  /** Commit of the code, where it is a checkout; `+` when files were changed. */
  codeCommit?: string;
}

/** Makes the manifest of a plan. */
export function manifestOf(
  plan: Plan,
  about: { id: string; mode: Mode; createdAt: string; codeCommit?: string },
): Manifest {
  return {
    format: "assay-run/1",
    id: about.id,
    task: plan.task.experiment.name,
    createdAt: about.createdAt,
    mode: about.mode,
    selection: plan.selection,
    digests: plan.digests,
    cells: cellsOf(plan),
    cases: plan.cases.length,
    repeats: plan.repeats,
    seed: plan.seed,
    ...(about.codeCommit && { codeCommit: about.codeCommit }),
  };
}

/** The cells of a plan as data. */
export function cellsOf(plan: Plan): Manifest["cells"] {
  return plan.cells.map(({ id, variant, prompt, model }) => ({
    id,
    variant,
    prompt,
    model: model.name,
    structure: model.structure,
    price: model.price ? `${model.price.source}, ${model.price.asOf}` : "unknown",
  }));
}

/**
 * Writes the manifest of a run into its folder.
 *
 * @throws InputError when the disk does not take it.
 */
export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const path = join(folder, "manifest.json");
  try {
    await atomicWrite(path, JSON.stringify(manifest, null, 2) + "\n");
  } catch (cause) {
    throw new InputError("Cannot write the manifest of a run", {
      where: path,
      found: cause instanceof Error ? cause.message : String(cause),
      fix: "make room on the disk",
      cause,
    });
  }
}

/**
 * Reads the manifest of a run.
 *
 * @throws InputError when the folder holds no run.
 */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, "manifest.json");
  try {
    const value: unknown = JSON.parse(await Deno.readTextFile(path));
    if (typeof value === "object" && value !== null && Reflect.get(value, "format") === "assay-run/1") {
      return value as Manifest;
    }
  } catch (cause) {
    throw new InputError("Cannot read a run", {
      where: path,
      found: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
  throw new InputError("Cannot read a run", { where: path, expected: '"format": "assay-run/1"' });
}

/**
 * Refuses to go on with a run whose inputs have changed since it began.
 *
 * @throws InputError that names every change.
 */
export function checkUnchanged(manifest: Manifest, plan: Plan): void {
  const changed = [
    ...(manifest.digests.dataset !== plan.digests.dataset ? ["the dataset"] : []),
    ...(manifest.digests.failures !== plan.digests.failures ? ["the kept failures"] : []),
    ...(manifest.digests.renderer !== plan.digests.renderer ? ["the renderer of prompts"] : []),
    ...(manifest.digests.signature !== plan.digests.signature ? ["the signature"] : []),
    ...changedKeys(manifest.digests.prompts, plan.digests.prompts).map((name) => `prompt ${name}`),
    ...changedKeys(manifest.digests.variants, plan.digests.variants).map((name) => `variant ${name}`),
    ...changedKeys(manifest.digests.models, plan.digests.models).map((name) => `model ${name}`),
    ...changedKeys(manifest.digests.judges, plan.digests.judges).map((name) => `judge ${name}`),
    ...changedKeys(manifest.digests.checks, plan.digests.checks).map((name) => `check ${name}`),
    ...(manifest.cases !== plan.cases.length ? ["the number of cases"] : []),
    ...(manifest.repeats !== plan.repeats ? ["the number of repeats"] : []),
  ];
  if (changed.length === 0) return;
  throw new InputError("Cannot resume a run whose inputs have changed", {
    where: `run ${manifest.id}`,
    found: `changed since it began: ${changed.join(", ")}`,
    expected:
      "the same dataset, signature, prompts, variants, models, judges and checks, so that its numbers mean one thing",
    fix:
      "start a new run without --resume (replies to unchanged requests come from the cache), or restore the files",
  });
}

function changedKeys(
  before: Readonly<Record<string, string>> = {},
  now: Readonly<Record<string, string>> = {},
): string[] {
  return [...new Set([...Object.keys(before), ...Object.keys(now)])].filter((key) =>
    before[key] !== now[key]
  );
}
