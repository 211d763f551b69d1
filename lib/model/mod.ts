/**
 * One interface to any model: specs as data, the OpenAI-compatible client with its limiter and one layer of
 * repeats, prices, the cache and the recordings.
 *
 * @module
 */
export { openCache } from "./cache.ts";
export { describeServer, type ServerDescription } from "./describe_server.ts";
export { openEmbedder } from "./embeddings.ts";
export { decodeVector, encodeVector } from "./embeddings_codec.ts";
export { EmbeddingNotStoredError } from "./embeddings_not_stored.ts";
export { embedder, type EmbedderOptions, embeddingKey } from "./embeddings_spec.ts";
export type {
  Embedder,
  EmbedderSpec,
  EmbeddingCall,
  EmbeddingKind,
  EmbedOptions,
  EmbedResult,
} from "./embeddings_types.ts";
export { createEndpoints, type Endpoints, type EndpointsOptions } from "./endpoints.ts";
export { type Clock, Limiter, SYSTEM_CLOCK } from "./limiter.ts";
export { type Mode, NotStoredError, openModel, type OpenModelOptions } from "./open_model.ts";
export { costUsd, OWN_HARDWARE, type Price, PRICES } from "./prices.ts";
export { openRecorder, readRecordings, type Recordings, type RecordingsHeader } from "./recordings.ts";
export type { ReplyStore, StoredReply } from "./reply_store.ts";
export { requestKey, samplingOf } from "./request_key.ts";
export { retryAfterMs, type RetryPolicy, withRetries } from "./retry.ts";
export {
  compatible,
  type CompatibleOptions,
  local,
  type ModelOptions,
  NO_MODEL,
  openai,
  parseModelName,
} from "./specs.ts";
export type {
  Attempt,
  Call,
  EndpointSpec,
  FaultKind,
  GenerateOptions,
  GenerateSamplesOptions,
  Model,
  ModelFault,
  ModelRequest,
  ModelSpec,
  Reply,
  Sampling,
  Source,
  Structure,
  Timing,
  Usage,
} from "./types.ts";
export { unlessAborted } from "./unless_aborted.ts";
