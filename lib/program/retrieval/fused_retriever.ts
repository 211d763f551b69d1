import type { CorpusItem } from "./corpus.ts";
import { fuse } from "./fuse.ts";
import { acceptAll, type Asked, checkCount, type Retriever, type SearchResult } from "./retriever.ts";

/** Accepted items of each ranking that are fused, or `k` where that is more. */
const DEPTH = 100;

/**
 * Several retrievers in one, by reciprocal rank fusion of their rankings (see {@linkcode fuse}). When one of them
 * cannot answer, neither can this one: what is left would be another retriever under the same name.
 *
 * @throws RangeError for fewer than two retrievers.
 */
export function fusedRetriever(retrievers: readonly Retriever[]): Retriever {
  if (retrievers.length < 2) {
    throw new RangeError(
      `Cannot fuse retrievers as there must be at least 2: current number is ${retrievers.length}`,
    );
  }
  return {
    name: "fused",
    describe: () => ({
      retriever: "fused",
      by: "rrf",
      k: 60,
      depth: DEPTH,
      of: retrievers.map((one) => one.describe()),
    }),
    async prepare(signal): Promise<Asked> {
      const made = await Promise.all(retrievers.map((retriever) => retriever.prepare(signal)));
      const calls = made.flatMap((one) => one.calls);
      return { ...(made.find(({ ok }) => !ok) ?? { ok: true }), calls };
    },
    async search(query, k, accept = acceptAll): Promise<SearchResult> {
      checkCount(k);
      const depth = Math.max(DEPTH, k);
      const found = await Promise.all(retrievers.map((retriever) => retriever.search(query, depth, accept)));
      const calls = found.flatMap((one) => one.calls);
      const items = new Map<string, CorpusItem>();
      const rankings: string[][] = [];
      for (const one of found) {
        if (!one.ok) return { ...one, calls };
        for (const { item } of one.hits) items.set(item.id, item);
        rankings.push(one.hits.map(({ item }) => item.id));
      }
      const hits = fuse(rankings).slice(0, k)
        .map(({ id, score }, at) => ({ item: items.get(id)!, score, rank: at + 1 }));
      return { ok: true, hits, calls };
    },
  };
}
