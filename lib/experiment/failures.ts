import { join } from "node:path";
import type { Case, Dataset } from "../dataset/mod.ts";
import { atomicWrite, InputError, readJsonl } from "../io/mod.ts";
import type { Category } from "../scoring/mod.ts";
import { readJournal } from "./journal.ts";
import type { Observation } from "./observation.ts";

/** File of a task that keeps what variants got wrong, to learn from. */
export const FAILURES = "failures.jsonl";

/** A right output, and one that its judge gave no verdict on. */
const NO_MISTAKE: readonly Category[] = ["correct", "judge_error"];

/** A wrong output of an earlier run; the truth stands in the dataset. */
export interface KeptFailure {
  /** Id of the case. */
  case: string;
  /** Cell that gave the output. */
  cell: string;
  /** Id of the run. */
  run: string;
  /** When it was given, ISO 8601. */
  at: string;
  mistake: Readonly<Record<string, unknown>>;
}

/**
 * Reads the failures that a task keeps; none where there is no such file.
 *
 * @throws InputError for a line that is no failure, names no case of the dataset, or a test case.
 */
export async function readFailures(folder: string, dataset: Dataset): Promise<readonly KeptFailure[]> {
  const path = join(folder, FAILURES);
  const cases = new Map(dataset.cases.map((entry) => [entry.id, entry]));
  const kept: KeptFailure[] = [];
  try {
    for await (const { line, value } of readJsonl(path)) {
      kept.push(checked(value, cases, `${path}, line ${line}`));
    }
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return kept;
}

function checked(value: unknown, cases: ReadonlyMap<string, Case>, where: string): KeptFailure {
  if (!isFailure(value)) {
    throw new InputError("A line is no failure", { where, expected: "{ case, cell, run, at, mistake }" });
  }
  const entry = cases.get(value.case);
  if (!entry) {
    throw new InputError("A failure of a case that the dataset does not have", {
      where,
      found: value.case,
      fix: "remove the line, or put the case back",
    });
  }
  if (entry.split === "test") {
    throw new InputError("A failure of a test case, from which nothing may learn", {
      where,
      found: `case ${value.case} of split test`,
      fix: "remove the line",
    });
  }
  return value;
}

function isFailure(value: unknown): value is KeptFailure {
  if (typeof value !== "object" || value === null) return false;
  const { case: id, cell, run, at, mistake } = value as Record<string, unknown>;
  return [id, cell, run, at].every((member) => typeof member === "string") && typeof mistake === "object" &&
    mistake !== null && !Array.isArray(mistake);
}

/**
 * Adds the wrong outputs of a run to those that its task keeps: cases of train and dev only, the latest of each.
 *
 * @param runFolder Folder of the run.
 * @returns How many there are now, how many of them are new, and how many of test cases were not taken.
 */
export async function keepFailures(
  runFolder: string,
  folder: string,
  dataset: Dataset,
): Promise<{ kept: number; added: number; ofTestCases: number }> {
  const cases = new Map(dataset.cases.map((entry) => [entry.id, entry]));
  const known = new Map((await readFailures(folder, dataset)).map((entry) => [entry.case, entry]));
  const run = runFolder.split(/[/\\]/).at(-1) ?? "";
  let added = 0;
  let ofTestCases = 0;
  for await (const line of readJournal(runFolder)) {
    if (line.type !== "observation" || line.prediction.status !== "ok") continue;
    if (NO_MISTAKE.includes(line.score.category)) continue;
    if (cases.get(line.case)?.split === "test") {
      ofTestCases++;
      continue;
    }
    const before = known.get(line.case);
    if (!before) added++;
    if (!before || Date.parse(before.at) <= Date.parse(line.at)) known.set(line.case, failureOf(line, run));
  }
  const ordered = dataset.cases.flatMap(({ id }) => known.get(id) ?? []);
  if (ordered.length > 0) {
    await atomicWrite(join(folder, FAILURES), ordered.map((entry) => JSON.stringify(entry) + "\n").join(""));
  }
  return { kept: ordered.length, added, ofTestCases };
}

function failureOf({ case: id, cell, at, prediction }: Observation, run: string): KeptFailure {
  const mistake = prediction.status === "ok" ? prediction.output as Record<string, unknown> : {};
  return { case: id, cell, run, at, mistake };
}
