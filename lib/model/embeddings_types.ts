import type { ModelFault, ModelSpec, Source, Timing, Usage } from "./types.ts";

/** What a text is embedded for: to be found, or to find; some models tell the two apart. */
export type EmbeddingKind = "query" | "passage";

/** An embedding model that a task declares: pure data, nothing is opened. */
export interface EmbedderSpec {
  /** Name, endpoint and price. */
  model: ModelSpec;
  /** Name on the wire for each kind of text. */
  wire: Readonly<Record<EmbeddingKind, string>>;
  /** Length of its vectors, where it is stated; a reply of another length is a fault. */
  dimensions?: number;
  /** Most texts a request. */
  batch: number;
}

/** What became of texts that were asked for together: one request, or one stored text. */
export interface EmbeddingCall {
  /** Content addresses of its texts. */
  keys: readonly string[];
  /** Name of the model with its endpoint. */
  model: string;
  kind: EmbeddingKind;
  result: { ok: true; dimensions: number } | { ok: false; fault: ModelFault };
  /** `null` when the provider reported none; a stored text has its even share of its request's. */
  usage: Usage | null;
  /** `null` when price or usage is unknown. A stored text cost this once, not now. */
  costUsd: number | null;
  timing: Timing;
  source: Source;
  /** When the reply was first received, ISO 8601. */
  at: string;
}

/** Vectors in the order of the texts, as the model gave them; or the first fault. */
export type EmbedResult =
  & { calls: readonly EmbeddingCall[] }
  & ({ ok: true; vectors: readonly Float32Array[] } | { ok: false; fault: ModelFault });

/** Options of {@linkcode Embedder.embed}. */
export interface EmbedOptions {
  kind: EmbeddingKind;
  /** Ends the call at once. */
  signal?: AbortSignal;
}

/** The one interface to an embedding model. */
export interface Embedder {
  readonly spec: EmbedderSpec;
  /**
   * Embeds texts, those that are stored without a request; the same text is asked for once.
   *
   * @returns A server that is down or answers nonsense is data: the first fault ends the call.
   * @throws RangeError for an empty text; InputError for a missing key, or when nothing may be called and a text
   * is not stored; the signal's reason when aborted.
   */
  embed(texts: readonly string[], options: EmbedOptions): Promise<EmbedResult>;
}
