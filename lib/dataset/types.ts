/** How ordinary a case is. */
export type Coverage = "common" | "edge" | "boundary";
/** What a case may be used for. Test cases never train. */
export type Split = "train" | "dev" | "test";

/** The classes of coverage. */
export const COVERAGES: readonly Coverage[] = ["common", "edge", "boundary"];
/** The splits. */
export const SPLITS: readonly Split[] = ["train", "dev", "test"];

/** One case with its ground truth. */
export interface Case<I = Record<string, unknown>, O = Record<string, unknown>> {
  /** Unique: letters, digits, `.`, `_` and `-`, at most 100. */
  id: string;
  input: I;
  /** Ground truth. */
  expected: O;
  coverage: Coverage;
  split: Split;
  /** Cases of one source, author or template; they stay in one split. */
  group?: string;
  /** Conversation or user, in whose order cases come. */
  session?: string;
  /** When it arose, ISO 8601; cases of a session are in the order of time. */
  at?: string;
  /** What is known beside the input, e.g. of the user; no part of the signature. */
  state?: Readonly<Record<string, unknown>>;
  /** Where the case came from. @default {"authored"} */
  origin: string;
  /** For people: why the truth is what it is. */
  note?: string;
  /** Line of the file on which it starts. */
  line: number;
}

/** A validated set of cases. */
export interface Dataset<I = Record<string, unknown>, O = Record<string, unknown>> {
  /** File it was read from. */
  path: string;
  /** SHA-256 over all cases in order, without line numbers and notes. */
  digest: string;
  cases: readonly Case<I, O>[];
}
