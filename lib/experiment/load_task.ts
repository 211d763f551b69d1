import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { type Dataset, loadDataset } from "../dataset/mod.ts";
import { InputError, suggest } from "../io/mod.ts";
import type { Experiment } from "./definition.ts";
import { type KeptFailure, readFailures } from "./failures.ts";

/** A task that is ready to run: its experiment and its validated cases. */
export interface Task {
  experiment: Experiment;
  dataset: Dataset;
  /** What earlier runs got wrong of its train and dev cases, as the task keeps it. */
  failures: readonly KeptFailure[];
  /** Folder of the task. */
  folder: string;
}

/** Folder of the shipped tasks. */
export const DATASETS = resolve(fileURLToPath(new URL("../../datasets", import.meta.url)));

/**
 * Loads a task by name from a folder of tasks, or from a path to its folder.
 *
 * @param name Name of a folder below `root`, or a path with a `/`.
 * @throws InputError when there is no such task, its `task.ts` cannot be imported or exports no experiment, or
 * its dataset is bad.
 */
export async function loadTask(name: string, root: string = DATASETS): Promise<Task> {
  const folder = /[/\\]/.test(name) ? resolve(name) : join(root, name);
  const file = join(folder, "task.ts");
  if (!await Deno.stat(file).then((info) => info.isFile, () => false)) {
    throw await unknownTask(name, file, root);
  }
  const module = await importTask(file);
  const experiment = module.default;
  if (!isExperiment(experiment)) {
    throw new InputError("A task file exports no experiment", {
      where: file,
      expected: "export default experiment({ … })",
    });
  }
  return openTask(experiment, folder);
}

async function importTask(file: string): Promise<Record<string, unknown>> {
  const { href } = pathToFileURL(file);
  try {
    return await import(href);
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    const [message, stack] = cause instanceof Error ? [cause.message, cause.stack] : [String(cause)];
    const line = stripVTControlCharacters(stack ?? "").split(`${href}:`)[1]?.match(/^\d+/)?.[0];
    throw new InputError("Cannot load a task file", {
      where: line === undefined ? file : `${file}, line ${line}`,
      found: message.split("\n")[0] ?? "",
      expected: "a module that can be imported and exports an experiment by default",
      fix: "correct the file",
      cause,
    });
  }
}

/** Loads the cases of an experiment that is already at hand, e.g. one made in a script. */
export async function openTask(experiment: Experiment, folder: string): Promise<Task> {
  const dataset = await loadDataset(resolve(folder, experiment.dataset), experiment.signature);
  return { experiment, dataset, failures: await readFailures(folder, dataset), folder };
}

/** Names of the tasks below a folder, in order. */
export async function listTasks(root: string = DATASETS): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(root)) {
    if (
      entry.isDirectory && await Deno.stat(join(root, entry.name, "task.ts")).then(() => true, () => false)
    ) {
      names.push(entry.name);
    }
  }
  return names.sort();
}

async function unknownTask(name: string, file: string, root: string): Promise<InputError> {
  const known = await listTasks(root).catch(() => []);
  const near = suggest(name, known);
  return new InputError(`Unknown task "${name}"`, {
    where: `no ${file}`,
    expected: known.length > 0
      ? `one of: ${known.join(", ")}`
      : `a folder with a task.ts below ${dirname(file)}`,
    fix: near ? `did you mean ${near}?` : `deno task init ${name} makes a new one`,
  });
}

function isExperiment(value: unknown): value is Experiment {
  return typeof value === "object" && value !== null && "variants" in value && "signature" in value &&
    "prompts" in value;
}
