import type { Embedder, EmbedderSpec, Model, ModelSpec } from "../model/mod.ts";

/** Opens the models of a run; the same spec gives the same model. */
export interface Opener {
  (spec: ModelSpec): Model;
  /** Opens a model of embeddings; absent where nothing is embedded. */
  readonly embedder?: (spec: EmbedderSpec) => Embedder;
}
