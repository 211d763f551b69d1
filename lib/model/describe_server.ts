import type { ModelSpec } from "./types.ts";

/** What serves a model, for the header of its recordings. */
export interface ServerDescription {
  /** Server and version, or the base URL. */
  server: string;
  /** SHA-256 of the weights, for a local model. */
  weightsSha256?: string;
}

/** Describes what serves a model now. */
export async function describeServer(spec: ModelSpec): Promise<ServerDescription> {
  if (spec.endpoint.baseUrl !== undefined) return { server: spec.endpoint.baseUrl };
  const { findServer } = await import("./local/mod.ts");
  const running = await findServer(spec.model);
  return running ? { server: running.server, weightsSha256: running.sha256 } : { server: "not running" };
}
