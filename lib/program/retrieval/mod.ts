/**
 * Finding solved cases that are like an input. A new retriever is one file that returns a {@linkcode Retriever}, and
 * one line here.
 *
 * @module
 */
export { bm25Retriever } from "./bm25_retriever.ts";
export {
  type Corpus,
  type CorpusCase,
  type CorpusFailure,
  type CorpusItem,
  corpusOf,
  type CorpusSource,
  queryText,
} from "./corpus.ts";
export { embeddingRetriever } from "./embedding_retriever.ts";
export { fuse, type Fused } from "./fuse.ts";
export { fusedRetriever } from "./fused_retriever.ts";
export { itemText } from "./item_text.ts";
export type { Accept, Asked, Hit, Query, Retriever, SearchResult } from "./retriever.ts";
export {
  type ItemReport,
  staleItems,
  type StaleOptions,
  type StaleReport,
  withoutStale,
} from "./stale_items.ts";
export { countUses, type Use, type UseCounts, type UseRecord } from "./use_counts.ts";
