import type { Category } from "./categories.ts";
import type { FieldScore } from "./score_case.ts";

/** One output made elsewhere. */
export interface OutputRow {
  id: string;
  /** Which of several outputs for the same id it is; rows without one are the only row of their id. */
  sample?: string;
  /** Line of the file. */
  line: number;
  /** JSON data as it stands in the file. */
  output: unknown;
  /** The file's own truth, where it states one; `null` says that there is nothing to find. */
  expected?: unknown;
}

/** What became of one row. */
export interface ScoredRow {
  id: string;
  sample?: string;
  line: number;
  outcome: Category;
  /** Why it is not correct, where the outcomes of its fields do not say it. */
  reason?: string;
  /** Outcome of each output field, where a task gives the truth. */
  fields?: Readonly<Record<string, FieldScore>>;
}
