import { InputError } from "../io/mod.ts";
import type { Call, EmbeddingCall } from "../model/mod.ts";
import type { Demo } from "../prompt/mod.ts";
import { sumForecasts } from "./forecast.ts";
import { leaksTo } from "./leak_guard.ts";
import { type Corpus, type CorpusItem, type Hit, queryText, type Retriever } from "./retrieval/mod.ts";
import { bm25, type Ranking } from "./rankings/mod.ts";
import type { Prediction, Program, ProgramDescription, Scope } from "./types.ts";

/** Options of {@linkcode retrieval}. */
export interface RetrievalOptions {
  /** Cases that examples are taken from, or a corpus of one's own. @default {"train"} */
  from?: "train" | "dev" | Corpus;
  /** Most examples a call. @default {4} */
  k?: number;
  /** Whether failures of earlier runs, with their truth, are among them; a failure shows the wrong answer too. @default {false} */
  includeFailures?: boolean;
  /** How examples are ranked. @default {bm25()} */
  by?: Ranking;
  /** Input fields that are searched by; name the telling ones where others are the same in many cases. @default {all texts} */
  fields?: readonly string[];
  /** Items that are never shown, e.g. stale ones. @default {[]} */
  leaveOut?: readonly string[];
}

/**
 * Shows a program the solved cases that are most like its input, the most alike last. Never the case under test, its
 * near-duplicates, its group or session, or later ones. What was shown stands in `diagnostics.retrieved`, with how
 * many were left out and why.
 *
 * When the ranking cannot be had, e.g. because an embedding server is down, or the corpus is empty, the prediction
 * fails as `retrieval`: an answer without examples would be that of another variant.
 *
 * @throws RangeError when `k` is no count.
 * @example Usage
 * ```ts
 * import { predict, retrieval } from "@lib/program/mod.ts";
 * import { signature } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 * import { z } from "zod";
 *
 * const Team = signature({ name: "team", instructions: "", input: { mail: z.string() }, output: { team: z.string() } });
 * const program = retrieval(predict(Team), { from: "train", k: 3 });
 * assert.equal(program.describe().strategy, "retrieval");
 * ```
 */
export function retrieval<I, O>(program: Program<I, O>, options: RetrievalOptions = {}): Program<I, O> {
  const { from = "train", k = 4, includeFailures = false, by = bm25(), fields, leaveOut = [] } = options;
  if (!Number.isInteger(k) || k < 1) {
    throw new RangeError(`Cannot retrieve as k must be an integer >= 1: current value is ${k}`);
  }
  const indexes = new Indexes(by);
  const { name } = program.signature;
  return {
    name: "retrieval",
    signature: program.signature,
    describe: (): ProgramDescription => ({
      strategy: "retrieval",
      from: typeof from === "string" ? from : from.digest,
      k,
      includeFailures,
      by: by.describe(),
      ...(fields && { fields }),
      ...(leaveOut.length > 0 && { leaveOut }),
      program: program.describe(),
    }),
    forecast: () => sumForecasts([program.forecast(), ...(by.forecast ? [by.forecast()] : [])]),
    async run(input, scope): Promise<Prediction<O>> {
      const corpus = typeof from === "string"
        ? corpusOfScope(scope)({ from, failures: includeFailures, ...(fields && { fields }) })
        : from;
      if (corpus.items.length === 0) return failed("the corpus holds no example", corpus, []);
      const left: Record<string, string> = {};
      const leakOf = scope.case ? leaksTo(scope.case) : () => undefined;
      const accept = (item: CorpusItem): boolean => {
        const why = leaveOut.includes(item.id) ? "left out by the variant" : leakOf(item);
        if (why) left[item.id] = why;
        return why === undefined;
      };
      const text = queryText(corpus, input as Record<string, unknown>);
      const retriever = indexes.of(corpus, scope);
      const prepared = await retriever.prepare(scope.signal);
      const found = prepared.ok
        ? await retriever.search({ text, ...(scope.signal && { signal: scope.signal }) }, k, accept)
        : prepared;
      const asked = [...prepared.calls, ...(found === prepared ? [] : found.calls)]
        .map((call) => callOf(call, scope.path));
      if (!found.ok) return failed(found.fault.message, corpus, asked);
      const hits = "hits" in found ? found.hits : [];
      const prediction = await program.run(input, { ...scope, demos: withDemos(scope.demos, name, hits) });
      return {
        ...prediction,
        diagnostics: { ...prediction.diagnostics, retrieved: { ...shown(corpus, hits), leftOut: left } },
        calls: [...asked, ...prediction.calls],
      };
    },
  };
}

/** Indexes by corpus, made once each; a run opens its own models, so its indexes are its own. */
class Indexes {
  readonly #made = new WeakMap<object, WeakMap<Corpus, Retriever>>();
  constructor(readonly ranking: Ranking) {}

  of(corpus: Corpus, scope: Scope): Retriever {
    const owner = scope.embedder ?? this;
    const known = this.#made.get(owner) ?? new WeakMap<Corpus, Retriever>();
    this.#made.set(owner, known);
    const retriever = known.get(corpus) ?? this.ranking.index(corpus, scope);
    known.set(corpus, retriever);
    return retriever;
  }
}

/** The cases of the dataset that a program may learn from. */
export function corpusOfScope({ examples }: Scope): NonNullable<Scope["examples"]> {
  if (examples) return examples;
  throw new InputError("A program learns from the cases of a dataset, and there is none", {
    fix: "run it as a variant of a task, or give it a corpus: retrieval(program, { from: corpusOf({ … }) })",
  });
}

function withDemos(
  others: Scope["demos"],
  name: string,
  hits: readonly Hit[],
): Record<string, readonly Demo[]> {
  const demos = hits.toReversed().map(({ item }): Demo => {
    const { id, group, session, at, input, output, mistake } = item;
    return {
      input,
      output,
      ...(mistake && { mistake }),
      origin: { id, input, ...(group && { group }), ...(session && { session }), ...(at && { at }) },
    };
  });
  return { ...others, [name]: [...(others?.[name] ?? []), ...demos] };
}

function shown(corpus: Corpus, hits: readonly Hit[]) {
  return {
    corpus: corpus.digest,
    items: hits.map(({ item, score, rank }) => ({ id: item.id, kind: item.kind, rank, score })),
  };
}

function failed(message: string, corpus: Corpus, calls: readonly Call[]) {
  return {
    status: "failed" as const,
    failure: { kind: "retrieval" as const, message: `retrieval: ${message}` },
    diagnostics: { retrieved: { corpus: corpus.digest, items: [] } },
    calls,
  };
}

/** A request for embeddings among the calls: it costs and takes time as any other. */
function callOf(call: EmbeddingCall, path: readonly string[]): Call {
  const { model, usage, costUsd, timing, source, at, result } = call;
  return {
    key: call.keys.join(" "),
    path: [...path, "embedding"],
    model,
    messages: [],
    result: result.ok ? { ok: true, reply: { text: null, finishReason: null } } : result,
    usage,
    costUsd,
    timing,
    source,
    at,
  };
}
