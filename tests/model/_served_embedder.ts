import {
  compatible,
  type CompatibleOptions,
  createEndpoints,
  type Embedder,
  embedder,
  type EmbedderOptions,
  type EndpointsOptions,
  openEmbedder,
  type OpenModelOptions,
} from "@lib/model/mod.ts";
import { ManualClock } from "./_served_model.ts";

/** How {@linkcode serveEmbedder} opens an embedding model. */
export interface ServedEmbedderOptions extends EndpointsOptions {
  model?: Omit<CompatibleOptions, "baseUrl">;
  embedder?: EmbedderOptions;
  open?: Omit<Partial<OpenModelOptions>, "endpoints">;
}

/** An embedding model that is opened at a server. */
export interface ServedEmbedder extends AsyncDisposable {
  readonly embedder: Embedder;
}

/** Opens an embedding model at a server, live and with a clock that never waits, unless told otherwise. */
export function serveEmbedder(
  server: { baseUrl: string },
  options: ServedEmbedderOptions = {},
): ServedEmbedder {
  const { model, embedder: embedderOptions, open, ...endpointOptions } = options;
  const spec = embedder(compatible("hashed", { ...model, baseUrl: server.baseUrl }), embedderOptions);
  const endpoints = createEndpoints(endpointOptions);
  return {
    embedder: openEmbedder(spec, { mode: "live", clock: new ManualClock(), ...open, endpoints }),
    [Symbol.asyncDispose]: () => endpoints.close(),
  };
}
