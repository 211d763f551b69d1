import type { Case } from "../dataset/mod.ts";
import { type CompareOptions, scoredFields, type Signature } from "../signature/mod.ts";
import { type Cluster, clusteredInterval, type Interval } from "../stats/mod.ts";
import { CATEGORIES, type Category } from "./categories.ts";
import type { Checks } from "./judge_checks.ts";
import type { OutputRow, ScoredRow } from "./output_row.ts";
import { scoreOutput, scoreReply } from "./score_output.ts";

/** A share of rows with all that is needed to read it. */
export interface RowRate {
  /** Numerator. */
  correct: number;
  /** Denominator. */
  total: number;
  /** Correct over total, 0 to 1. */
  rate: number;
  /** 95%: Wilson's interval, at the effective number of ids where an id has several rows. */
  interval: Interval;
}

/** What became of a file of outputs. `total` counts every row that has a truth, failed ones included. */
export interface RowsScore extends RowRate {
  /** Rows by outcome; they add up to `total`. */
  categories: Readonly<Record<Category, number>>;
  /** Per output field of the task: its rate, and rows by outcome. */
  fields?: Readonly<Record<string, RowRate & { outcomes: Readonly<Record<string, number>> }>>;
  rows: readonly ScoredRow[];
}

/** The score of a file against a task: what the file lacks, and what the task does not know, is told apart. */
export interface TaskRowsScore extends RowsScore {
  /** Ids of cases without a row; not in `total`. */
  missingFromFile: readonly string[];
  /** Rows whose id the task does not have; not in `total`. */
  unknownIds: readonly Pick<OutputRow, "id" | "line">[];
  /** The rate if each case without a row counted as one wrong row. */
  missingAsWrong: RowRate;
}

/**
 * Scores every row against the truth it carries.
 *
 * @param rows At least one; each has `expected`.
 * @param compare How an output is compared.
 * @throws RangeError when there is no row.
 * @example Usage
 * ```ts
 * import { scoreRows } from "@lib/scoring/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const rows = [
 *   { id: "a", line: 1, output: "-5", expected: "5" },
 *   { id: "b", line: 2, output: "3.14", expected: "3.14" },
 * ];
 * const { correct, total } = scoreRows(rows, { by: "text" });
 * assert.deepEqual([correct, total], [1, 2]);
 * ```
 */
export function scoreRows(rows: readonly OutputRow[], compare: CompareOptions): RowsScore {
  return sumUp(rows.map((row) => scoreOutput(row, compare)));
}

/**
 * Scores rows against the cases of a task by id.
 *
 * @param rows At least one whose id is among the cases.
 * @throws RangeError when no row has a known id.
 * @example Usage
 * ```ts
 * import { scoreTaskRows } from "@lib/scoring/mod.ts";
 * import { signature } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 * import { z } from "zod";
 *
 * const Capital = signature({ name: "c", instructions: "", input: {}, output: { city: z.string() } });
 * const rest = { input: {}, coverage: "common", split: "test", origin: "authored", line: 2 } as const;
 * const cases = [{ id: "fr", expected: { city: "Paris" }, ...rest }, { id: "it", expected: { city: "Rome" }, ...rest }];
 * const score = scoreTaskRows([{ id: "fr", line: 1, output: { city: "Paris" } }], { signature: Capital, cases });
 * assert.deepEqual([score.correct, score.total, score.missingFromFile], [1, 1, ["it"]]);
 * ```
 */
export function scoreTaskRows<I, O>(
  rows: readonly OutputRow[],
  task: { signature: Signature<I, O>; cases: readonly Case<I, O>[]; checks?: Checks },
): TaskRowsScore {
  const { checks = {} } = task;
  const cases = new Map(task.cases.map((entry) => [entry.id, entry]));
  const scored = rows.flatMap((row) => {
    const entry = cases.get(row.id);
    return entry ? [scoreReply(row, task.signature, { ...entry, checks })] : [];
  });
  const known = new Set(scored.map(({ id }) => id));
  const missing = [...cases.keys()].filter((id) => !known.has(id));
  const score = sumUp(scored);
  const fields = scoredFields(task.signature).map(({ name }) => [name, fieldRate(scored, name)]);
  return {
    ...score,
    fields: Object.fromEntries(fields),
    missingFromFile: missing,
    unknownIds: rows.filter(({ id }) => !cases.has(id)).map(({ id, line }) => ({ id, line })),
    missingAsWrong: rateOf([...scored.map(passOf), ...missing.map((id) => ({ id, passed: false }))]),
  };
}

function sumUp(rows: readonly ScoredRow[]): RowsScore {
  const counts = tally(rows.map(({ outcome }) => outcome));
  const categories = Object.fromEntries(CATEGORIES.map((name) => [name, counts[name] ?? 0]));
  return { ...rateOf(rows.map(passOf)), categories: categories as Record<Category, number>, rows };
}

function fieldRate(rows: readonly ScoredRow[], name: string) {
  const outcomes = rows.map(({ id, fields }) => ({ id, outcome: fields?.[name]?.outcome ?? "missing" }));
  return { ...rateOf(outcomes.map(passOf)), outcomes: tally(outcomes.map(({ outcome }) => outcome)) };
}

function passOf({ id, outcome }: Pick<ScoredRow, "id" | "outcome">): { id: string; passed: boolean } {
  return { id, passed: outcome === "correct" };
}

function rateOf(results: readonly { id: string; passed: boolean }[]): RowRate {
  const clusters = new Map<string, Cluster>();
  for (const { id, passed } of results) {
    const { passed: before, total } = clusters.get(id) ?? { passed: 0, total: 0 };
    clusters.set(id, { passed: before + (passed ? 1 : 0), total: total + 1 });
  }
  const { rate, interval } = clusteredInterval([...clusters.values()]);
  return { correct: results.filter(({ passed }) => passed).length, total: results.length, rate, interval };
}

function tally(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries(counts);
}
