import type { Forecast, Scope } from "../types.ts";
import type { Corpus, Retriever } from "../retrieval/mod.ts";

/**
 * How the items of a corpus are ranked for an input. A new one is one file: a function that returns this.
 */
export interface Ranking {
  readonly name: string;
  /** Everything that changes its order. */
  describe(): Readonly<Record<string, unknown>>;
  /** Makes the index of a corpus; nothing is asked yet. */
  index(corpus: Corpus, scope: Scope): Retriever;
  /** Requests of one search; those for the corpus itself are made once a run. @default {none} */
  forecast?(): Forecast;
}
