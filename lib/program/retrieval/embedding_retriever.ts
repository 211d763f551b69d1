import type { Embedder, EmbeddingCall, ModelFault } from "../../model/mod.ts";
import type { Corpus } from "./corpus.ts";
import { acceptAll, checkCount, hitsOf, type Retriever, type SearchResult } from "./retriever.ts";
import { sharedWork } from "./shared_work.ts";
import { type VectorIndex, vectorIndex } from "./vector_index.ts";

/** The index, or why there is none. */
type Indexed = { ok: true; index: VectorIndex } | { ok: false; fault: ModelFault };

/**
 * Finds items by the cosine of their embedding and that of the query: by meaning, across wordings and languages. The
 * corpus is embedded once, in batches; a search is one request, and none where the text is stored. A query without
 * text finds nothing, and an item without text is not found.
 */
export function embeddingRetriever(corpus: Corpus, embedder: Embedder): Retriever {
  const { model, wire } = embedder.spec;
  let unreported: readonly EmbeddingCall[] = [];
  const prepared = sharedWork<Indexed>(async (signal) => {
    const { calls, ...made } = await indexOf(corpus, embedder, signal);
    unreported = [...unreported, ...calls];
    return made;
  }, ({ ok }) => ok);

  return {
    name: "embedding",
    describe: () => ({ retriever: "embedding", corpus: corpus.digest, model: model.name, wire }),
    async prepare(signal) {
      const made = await prepared(signal);
      const calls = unreported;
      unreported = [];
      return made.ok ? { ok: true, calls } : { ...made, calls };
    },
    async search({ text, signal }, k, accept = acceptAll): Promise<SearchResult> {
      checkCount(k);
      signal?.throwIfAborted();
      if (text.trim() === "" || corpus.items.length === 0) return { ok: true, hits: [], calls: [] };
      const made = await prepared(signal);
      if (!made.ok) return { ...made, calls: [] };
      const { index } = made;
      if (index.dimensions === 0) return { ok: true, hits: [], calls: [] }; // no item has a text
      const embedded = await embedder.embed([text], { kind: "query", ...(signal && { signal }) });
      if (!embedded.ok) return embedded;
      const { calls, vectors: [vector] } = embedded;
      if (vector!.length !== index.dimensions) {
        return { ok: false, fault: otherLength(vector!.length, index.dimensions), calls };
      }
      return { ok: true, hits: hitsOf(corpus.items, index.scores(vector!), k, accept), calls };
    },
  };
}

async function indexOf(
  { items }: Corpus,
  embedder: Embedder,
  signal: AbortSignal,
): Promise<Indexed & { calls: readonly EmbeddingCall[] }> {
  const texts = items.map(({ text }) => text).filter((text) => text.trim() !== "");
  const embedded = await embedder.embed(texts, { kind: "passage", signal });
  if (!embedded.ok) return embedded;
  const byText = new Map(texts.map((text, at) => [text, embedded.vectors[at]!]));
  return { ok: true, index: vectorIndex(items.map(({ text }) => byText.get(text))), calls: embedded.calls };
}

function otherLength(found: number, expected: number): ModelFault {
  const message = `the query has an embedding of ${found} dimensions, the corpus of ${expected}`;
  return { kind: "protocol", message };
}
