import { InputError } from "../io/mod.ts";
import type { EmbedderSpec, EmbeddingKind } from "./embeddings_types.ts";

/** Texts whose embeddings are stored nowhere in a mode that calls nothing. */
export class EmbeddingNotStoredError extends InputError {
  constructor(readonly spec: EmbedderSpec, readonly kind: EmbeddingKind, readonly texts: readonly string[]) {
    const { model } = spec;
    const start = model.endpoint.baseUrl === undefined ? `deno task model ${model.model}; then ` : "";
    super(`Embeddings of ${model.name} were never recorded`, {
      where: `endpoint ${model.endpoint.id}, ${texts.length} texts of kind ${kind}`,
      found: JSON.stringify(texts[0]?.slice(0, 60)),
      expected: "a recorded or cached embedding of the very same text",
      fix:
        `${start}deno task eval --record (keeps them with the task) or without --replay (calls the endpoint)`,
    });
  }
}
