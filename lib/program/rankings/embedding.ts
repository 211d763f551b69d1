import { InputError } from "../../io/mod.ts";
import type { EmbedderSpec } from "../../model/mod.ts";
import { embeddingRetriever } from "../retrieval/mod.ts";
import type { Ranking } from "./ranking.ts";

/** By the cosine of text embeddings of any `/v1/embeddings`: one request a search, and one batch for the corpus. */
export function embedding(spec: EmbedderSpec): Ranking {
  const { model, wire } = spec; // price, concurrency and batches change no ranking
  return {
    name: "embedding",
    describe: () => ({ ranking: "embedding", model: model.name, wire }),
    index: (corpus, { embedder }) => {
      if (embedder) return embeddingRetriever(corpus, embedder(spec));
      throw new InputError("A program ranks by embeddings, and its scope opens no model of embeddings", {
        fix: "run it as a variant of a task, or give the scope a member embedder",
      });
    },
    forecast: () => ({ calls: { least: 1, most: 1 }, outputTokens: 0 }),
  };
}
