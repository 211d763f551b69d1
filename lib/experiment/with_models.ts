import { join, resolve } from "node:path";
import {
  createEndpoints,
  type Embedder,
  type EmbedderSpec,
  type Mode,
  type Model,
  type ModelSpec,
  openEmbedder,
  openModel,
} from "../model/mod.ts";
import type { EvaluateOptions, RunEvent } from "./evaluate_options.ts";
import type { Opener } from "./opener.ts";
import type { Plan } from "./plan.ts";
import { openStores, type Stores } from "./stores.ts";

/** How the models of a run are opened. */
export interface Opened {
  /** A model in the run's mode. */
  model: Opener;
  /** A model that answers from the stores alone; in mode `live` there are none. */
  stored: Opener;
  /** Opens a model's endpoint and, in mode `record`, its recordings; or says why it cannot. */
  endpoint: (spec: ModelSpec) => Promise<void>;
}

/** Does some work with the stores and models of a run, and closes them whatever happens. */
export async function withModels<T>(
  plan: Plan,
  mode: Mode,
  options: EvaluateOptions & { onEvent: (event: RunEvent) => void; keepEach?: boolean },
  work: (open: Opened, stores: Stores) => Promise<T>,
): Promise<T> {
  const { folder } = plan.task;
  const onWarning = (text: string) => options.onEvent({ type: "warning", text });
  const cachePath = join(resolve(options.stateFolder ?? ".assay"), "cache", "replies.sqlite");
  const endpoints = createEndpoints({
    ...options.endpoints,
    ...(options.concurrency && { concurrency: options.concurrency }),
  });
  const { keepEach = false } = options;
  const stores = await openStores({ mode, taskFolder: folder, cachePath, keepEach, onWarning });
  const opener = (inMode: Mode): Opener => {
    const opened = new Map<string, Model>();
    const embedders = new Map<string, Embedder>();
    const cache = mode === "live" && inMode === "replay" ? undefined : stores.cache;
    const optionsFor = (spec: ModelSpec) => ({
      mode: inMode,
      recordings: stores.recorder?.(spec) ?? stores.recordings,
      endpoints,
      ...(cache && { cache }),
      ...(options.policy && { policy: options.policy }),
    });
    const model = (spec: ModelSpec): Model => {
      const known = opened.get(spec.name) ?? openModel(spec, optionsFor(spec));
      opened.set(spec.name, known);
      return known;
    };
    const embedder = (spec: EmbedderSpec): Embedder => {
      const known = embedders.get(spec.model.name) ?? openEmbedder(spec, optionsFor(spec.model));
      embedders.set(spec.model.name, known);
      return known;
    };
    return Object.assign(model, { embedder });
  };
  try {
    return await work({
      model: opener(mode),
      stored: opener("replay"),
      endpoint: async (spec) => {
        await endpoints.open(spec);
        await stores.recorder?.(spec).open();
      },
    }, stores);
  } finally {
    await endpoints.close();
    await stores.close();
  }
}
