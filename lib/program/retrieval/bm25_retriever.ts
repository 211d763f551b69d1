import { type Bm25Index, bm25Index } from "./bm25_index.ts";
import type { Corpus } from "./corpus.ts";
import { acceptAll, hitsOf, type Retriever } from "./retriever.ts";

/**
 * Finds items by the words that they share with a query (BM25); one that shares none is not found.
 *
 * @example Usage
 * ```ts
 * import { bm25Retriever, corpusOf } from "@lib/program/mod.ts";
 * import { signature } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 * import { z } from "zod";
 *
 * const Team = signature({ name: "team", instructions: "", input: { mail: z.string() }, output: { team: z.string() } });
 * const cases = ["My parcel is late", "The lid is cracked", "Wrong bill"]
 *   .map((mail, at) => ({ id: `t${at}`, input: { mail }, expected: {} }));
 * const retriever = bm25Retriever(corpusOf({ signature: Team, from: "cases.csv", cases }));
 * const found = await retriever.search({ text: "a cracked lid" }, 2);
 * assert(found.ok && found.hits[0]?.item.id === "t1");
 * ```
 */
export function bm25Retriever(corpus: Corpus): Retriever {
  let made: Bm25Index | undefined;
  const index = () => made ??= bm25Index(corpus.items.map(({ text }) => text));
  return {
    name: "bm25",
    describe: () => ({ retriever: "bm25", corpus: corpus.digest }),
    prepare(signal) {
      return Promise.try(() => {
        signal?.throwIfAborted();
        index();
        return { ok: true, calls: [] };
      });
    },
    search({ text, signal }, k, accept = acceptAll) {
      return Promise.try(() => {
        signal?.throwIfAborted();
        return { ok: true, hits: hitsOf(corpus.items, index().scores(text), k, accept), calls: [] };
      });
    },
  };
}
