import { bm25Retriever } from "../retrieval/mod.ts";
import type { Ranking } from "./ranking.ts";

/** By the words that an item shares with the input (BM25). Asks nothing. */
export function bm25(): Ranking {
  return { name: "bm25", describe: () => ({ ranking: "bm25" }), index: bm25Retriever };
}
