/**
 * Local models: what can be had, bringing it, and servers that outlive the command that started them.
 *
 * @module
 */
export {
  LOCAL_MODELS,
  type LocalEmbedder,
  type LocalLlm,
  type LocalModel,
  localModel,
  type ModelPart,
} from "./catalogue.ts";
export {
  type DownloadedModel,
  downloadModel,
  type DownloadOptions,
  type DownloadProgress,
  type FetchPart,
  isDownloaded,
  modelPath,
} from "./download.ts";
export { fetchWithUv } from "./fetch_with_uv.ts";
export type { ServerSpec, StartOptions } from "./launch.ts";
export { processIdentity } from "./process_identity.ts";
export { runLocalModel, type RunLocalOptions } from "./provision.ts";
export { findServer, listServers, startServer, stopAllServers, stopServer } from "./server.ts";
export type { RunningServer, ServerOptions } from "./server_state.ts";
