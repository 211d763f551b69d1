import type { Signature } from "../../signature/mod.ts";
import { NO_CALLS } from "../forecast.ts";
import { leaksTo } from "../leak_guard.ts";
import { corpusOfScope } from "../retrieval.ts";
import { bm25Retriever, type Corpus, queryText, type Retriever } from "../retrieval/mod.ts";
import type { Program } from "../types.ts";
import type { LearnedBaselineOptions } from "./majority_class.ts";
import { outputOrFailure } from "./output_or_failure.ts";

/** Options of {@linkcode nearestNeighbour}. */
export interface NearestNeighbourOptions extends LearnedBaselineOptions {
  /** Input fields that are compared. @default {all texts} */
  fields?: readonly string[];
}

/**
 * A baseline without a model: the truth of the solved case whose words are most like the input's (BM25). Where no
 * case shares a word, the first case stands in.
 */
export function nearestNeighbour<I, O>(
  signature: Signature<I, O>,
  { from = "train", fields }: NearestNeighbourOptions = {},
): Program<I, O> {
  const indexes = new WeakMap<Corpus, Retriever>();
  return {
    name: "nearestNeighbour",
    signature,
    describe: () => ({
      strategy: "nearestNeighbour",
      signature: signature.digest,
      from,
      ...(fields && { fields }),
    }),
    forecast: () => NO_CALLS,
    async run(input, scope) {
      const corpus = corpusOfScope(scope)({ from, failures: false, ...(fields && { fields }) });
      const retriever = indexes.get(corpus) ?? bm25Retriever(corpus);
      indexes.set(corpus, retriever);
      const text = queryText(corpus, input as Record<string, unknown>);
      const leakOf = scope.case ? leaksTo(scope.case) : () => undefined;
      const allowed = (item: Corpus["items"][number]) => leakOf(item) === undefined;
      const found = await retriever.search({ text }, 1, allowed);
      const nearest = (found.ok ? found.hits[0]?.item : undefined) ?? corpus.items.find(allowed);
      const diagnostics = { nearest: { corpus: corpus.digest, ...(nearest && { id: nearest.id }) } };
      return outputOrFailure(signature, corpus.items.length, nearest?.output, diagnostics);
    },
  };
}
