import {
  countUses,
  staleItems,
  type StaleOptions,
  type StaleReport,
  type UseRecord,
} from "../program/mod.ts";
import { examplesOf } from "./examples.ts";
import { readJournal } from "./journal.ts";
import type { Task } from "./load_task.ts";

/**
 * How often each solved case was shown in a run, and whether its presence goes with errors: over all cells that
 * retrieve, from the journal.
 *
 * @param runFolder Folder of the run.
 * @returns `undefined` when nothing was retrieved.
 */
export async function usedExamples(
  runFolder: string,
  task: Task,
  options: StaleOptions = {},
): Promise<StaleReport | undefined> {
  const records: UseRecord[] = [];
  for await (const line of readJournal(runFolder)) {
    if (line.type !== "observation") continue;
    const shown = retrievedIn(line.prediction.diagnostics);
    if (shown) records.push({ itemIds: shown, correct: line.score.category === "correct" });
  }
  if (records.length === 0) return undefined;
  const corpus = examplesOf(task, [])({ from: "train", failures: true });
  return staleItems(corpus, countUses(records), options);
}

/** Ids of all items that any call of a prediction was shown; `undefined` when none retrieved. */
function retrievedIn(value: unknown): string[] | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const own = Reflect.get(value, "retrieved");
  const ids = isRetrieved(own) ? own.items.map(({ id }) => id) : undefined;
  const deeper = Object.entries(value).flatMap(([name, part]) =>
    name === "retrieved" ? [] : [retrievedIn(part)]
  ).filter((found) => found !== undefined);
  return ids || deeper.length > 0 ? [...ids ?? [], ...deeper.flat()] : undefined;
}

function isRetrieved(value: unknown): value is { items: { id: string }[] } {
  return typeof value === "object" && value !== null && Array.isArray(Reflect.get(value, "items"));
}
