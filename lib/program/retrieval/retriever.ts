import type { EmbeddingCall, ModelFault } from "../../model/mod.ts";
import { bestFirst } from "./best_first.ts";
import type { CorpusItem } from "./corpus.ts";

/** What is looked for. */
export interface Query {
  /** Made by `queryText`, as the texts of the items were. */
  text: string;
  /** Ends the search at once. */
  signal?: AbortSignal;
}

/** Whether an item may be found: rules of leaks and of age are handed in as such. */
export type Accept = (item: CorpusItem) => boolean;

/** An item that was found. */
export interface Hit {
  item: CorpusItem;
  /** On the retriever's own scale; more is better. */
  score: number;
  /** From 1, over accepted items. */
  rank: number;
}

/** Requests that were made, and the fault when one of them had none but that. */
export type Asked =
  & { calls: readonly EmbeddingCall[] }
  & ({ ok: true } | { ok: false; fault: ModelFault });

/** Hits, best first; or the fault of a server that is needed to find them. */
export type SearchResult =
  & { calls: readonly EmbeddingCall[] }
  & ({ ok: true; hits: readonly Hit[] } | { ok: false; fault: ModelFault });

/** Finds items of a corpus. A new one is a file with a function that returns this. */
export interface Retriever {
  readonly name: string;
  /** Stable JSON of everything that changes what is found. */
  describe(): Readonly<Record<string, unknown>>;
  /**
   * Makes what a search needs, once for all searches; a search does it where nobody has.
   *
   * @returns Requests that were made for it, handed out to one caller only; a fault is not kept, so a later call
   * tries again.
   * @throws The signal's reason when aborted.
   */
  prepare(signal?: AbortSignal): Promise<Asked>;
  /**
   * Finds the best `k` items of those that are accepted; fewer where fewer have anything to do with the query.
   *
   * @param accept Asked in the order of rank, until `k` items are found. @default {all}
   * @returns With the requests that this search alone made.
   * @throws The signal's reason when aborted; RangeError when `k` is no count.
   */
  search(query: Query, k: number, accept?: Accept): Promise<SearchResult>;
}

/** The best accepted items by their scores. */
export function hitsOf(items: readonly CorpusItem[], scores: Float64Array, k: number, accept: Accept): Hit[] {
  checkCount(k);
  return bestFirst(scores)
    .filter((at) => accept(items[at]!))
    .take(k)
    .map((at, index) => ({ item: items[at]!, score: scores[at]!, rank: index + 1 }))
    .toArray();
}

/** @throws RangeError when `k` is no count. */
export function checkCount(k: number): void {
  if (Number.isInteger(k) && k >= 1) return;
  throw new RangeError(`Cannot search as k must be an integer >= 1: current value is ${k}`);
}

/** Accepts every item. */
export const acceptAll: Accept = () => true;
