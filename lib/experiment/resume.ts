import { join, relative } from "node:path";
import { InputError } from "../io/mod.ts";
import type { RunEvent } from "./evaluate_options.ts";
import { JOURNAL, readJournal } from "./journal.ts";
import { checkUnchanged, type Manifest } from "./manifest.ts";
import { allCalls, observationKey } from "./observation.ts";
import { type Plan, planRun } from "./plan.ts";
import type { Done } from "./work.ts";
import type { Task } from "./load_task.ts";

/** What a run has done so far. */
export interface Progress {
  /** Its observations. */
  done: Done;
  /** Long texts that its journal holds, with their ids. */
  texts: ReadonlyMap<string, string>;
  /** Cost of its live calls, USD. */
  spentUsd: number;
}

/**
 * Plans a run once more.
 *
 * @throws InputError when the run is one of another task, or the task no longer has what the run chose.
 */
export function planAgain(task: Task, manifest: Manifest): Plan {
  const { id, task: name, selection } = manifest;
  if (name !== task.experiment.name) {
    throw new InputError(`The run ${id} is one of another task`, {
      where: "--resume",
      found: `a run of task ${name}`,
      expected: `a run of task ${task.experiment.name}`,
      fix: `deno task eval ${name} --resume ${id}`,
    });
  }
  try {
    return planRun(task, selection);
  } catch (cause) {
    if (!(cause instanceof InputError)) throw cause;
    throw new InputError("Cannot resume a run whose inputs have changed", {
      where: `run ${id}`,
      found: `the task no longer has what the run chose: ${cause.message.split("\n")[0]}`,
      fix: "start a new run without --resume, or restore the files",
      cause,
    });
  }
}

/**
 * Reads what a run has done and makes its journal ready to be continued: a torn last line is cut off.
 *
 * @throws InputError when the dataset, a prompt, the signature, a variant or a model has changed since.
 */
export async function continueRun(
  folder: string,
  manifest: Manifest,
  plan: Plan,
  onEvent: (event: RunEvent) => void,
): Promise<Progress> {
  checkUnchanged(manifest, plan);
  const done = new Map<string, Readonly<Record<string, unknown>> | undefined>();
  const inSession = new Set(plan.cases.filter(({ session }) => session !== undefined).map(({ id }) => id));
  const texts = new Map<string, string>();
  let spentUsd = 0;
  let torn: { line: number; offset: number } | undefined;
  try {
    const cells = new Set(manifest.cells.map(({ id }) => id));
    for await (const line of readJournal(folder, { onTornLine: (info) => torn = info, cells })) {
      if (line.type === "text") texts.set(line.text, line.id);
      if (line.type !== "observation") continue;
      const { prediction } = line;
      const shown = inSession.has(line.case) && prediction.status === "ok" ? prediction.output : undefined;
      done.set(observationKey(line), shown as Readonly<Record<string, unknown>> | undefined);
      for (const { source, costUsd } of allCalls(line)) spentUsd += source === "live" ? costUsd ?? 0 : 0;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error; // killed before its first line
  }
  if (torn) {
    const path = join(folder, JOURNAL);
    await Deno.truncate(path, torn.offset);
    onEvent({
      type: "warning",
      text: `${relative(".", path)}: dropped a torn last line (line ${torn.line}); its case runs again`,
    });
  }
  return { done, texts, spentUsd };
}
