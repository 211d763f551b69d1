import { join, resolve } from "node:path";
import { createEndpoints, type Mode, type Model, type ModelSpec, openModel } from "../model/mod.ts";
import type { EvaluateOptions, RunEvent } from "./evaluate_options.ts";
import type { Plan } from "./plan.ts";
import { openStores, type Stores } from "./stores.ts";

/** How the models of a run are opened. */
export interface Opened {
  /** A model in the run's mode. */
  model: (spec: ModelSpec) => Model;
  /** A model that answers from the stores alone; in mode `live` there are none. */
  stored: (spec: ModelSpec) => Model;
  /** Opens a model's endpoint and, in mode `record`, its recordings; or says why it cannot. */
  endpoint: (spec: ModelSpec) => Promise<void>;
}

/** Does some work with the stores and models of a run, and closes them whatever happens. */
export async function withModels<T>(
  plan: Plan,
  mode: Mode,
  options: EvaluateOptions & { onEvent: (event: RunEvent) => void },
  work: (open: Opened, stores: Stores) => Promise<T>,
): Promise<T> {
  const { folder } = plan.task;
  const onWarning = (text: string) => options.onEvent({ type: "warning", text });
  const cachePath = join(resolve(options.stateFolder ?? ".assay"), "cache", "replies.sqlite");
  const endpoints = createEndpoints({
    ...options.endpoints,
    ...(options.concurrency && { concurrency: options.concurrency }),
  });
  const stores = await openStores({ mode, taskFolder: folder, cachePath, onWarning });
  const opener = (inMode: Mode) => {
    const opened = new Map<string, Model>();
    return (spec: ModelSpec): Model => {
      const known = opened.get(spec.name);
      if (known) return known;
      const recordings = stores.recorder?.(spec) ?? stores.recordings;
      const cache = mode === "live" && inMode === "replay" ? undefined : stores.cache;
      const model = openModel(spec, {
        mode: inMode,
        recordings,
        endpoints,
        ...(cache && { cache }),
        ...(options.policy && { policy: options.policy }),
      });
      opened.set(spec.name, model);
      return model;
    };
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
