import type { ModelSpec } from "./types.ts";

/** Longest wait for an endpoint to say what it is, ms. */
const ASK_MS = 2000;

/** What serves a model, for the header of its recordings. */
export interface ServerDescription {
  /** Server and version, or the base URL. */
  server: string;
  /** SHA-256 of the weights, for a local model. */
  weightsSha256?: string;
}

/** Describes what serves a model now; an endpoint without a key is asked for the owner of the model (`GET /models`). */
export async function describeServer(spec: ModelSpec): Promise<ServerDescription> {
  const { baseUrl, apiKeyEnv } = spec.endpoint;
  if (baseUrl !== undefined) {
    const owner = apiKeyEnv === undefined ? await ownerOf(spec.model, baseUrl) : undefined;
    return { server: owner === undefined ? baseUrl : `${baseUrl}, owned by ${owner}` };
  }
  const { findServer } = await import("./local/mod.ts");
  const running = await findServer(spec.model);
  return running ? { server: running.server, weightsSha256: running.sha256 } : { server: "not running" };
}

async function ownerOf(model: string, baseUrl: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${baseUrl}/models`, { signal: AbortSignal.timeout(ASK_MS) });
    const { data } = await response.json() as { data?: { id?: unknown; owned_by?: unknown }[] };
    const owner = data?.find(({ id }) => id === model)?.owned_by;
    return typeof owner === "string" ? owner.slice(0, 200) : undefined;
  } catch {
    return undefined; // a list of models is no part of what an endpoint must have
  }
}
