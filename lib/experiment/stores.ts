import { join } from "node:path";
import {
  describeServer,
  type Mode,
  type ModelSpec,
  openCache,
  openRecorder,
  readRecordings,
  type Recordings,
  type ReplyStore,
} from "../model/mod.ts";

/** The stores of a run: what ships with the task, what this machine has asked before, what is being recorded. */
export interface Stores {
  recordings: Recordings;
  cache: ReplyStore;
  /** Recorder of a model, in mode `record`. */
  recorders: ReadonlyMap<string, ReplyStore>;
  close(): Promise<void>;
}

/** Options of {@linkcode openStores}. */
export interface StoresOptions {
  mode: Mode;
  /** Folder of the task: its `recordings/` are read, and written in mode `record`. */
  taskFolder: string;
  /** File of the cache. */
  cachePath: string;
  onWarning: (text: string) => void;
}

/** Opens the stores of a run; recorders are opened by {@linkcode openRecorders}, once it is known what is missing. */
export async function openStores(options: StoresOptions): Promise<Stores> {
  const { mode, taskFolder, cachePath, onWarning } = options;
  const none: ReplyStore & Recordings = {
    headers: [],
    size: 0,
    get: () => undefined,
    put: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const recordings = mode === "live" ? none : await readRecordings(join(taskFolder, "recordings"), onWarning);
  const cache = mode === "record" ? none : openCache(cachePath, onWarning);
  return { recordings, cache, recorders: new Map(), close: () => cache.close() };
}

/** The same stores with a recorder for each model, which appends to the task's recordings. */
export async function openRecorders(
  stores: Stores,
  models: readonly ModelSpec[],
  taskFolder: string,
): Promise<Stores> {
  const recorders = new Map<string, ReplyStore>();
  for (const spec of models) {
    const file = `${spec.name.replace(/^local:/, "").replace(/[^A-Za-z0-9._-]+/g, "_")}.jsonl`;
    const header = {
      format: "assay-recordings/1" as const,
      model: spec.name,
      ...await describeServer(spec),
      recordedAt: new Date().toISOString().slice(0, 10),
    };
    recorders.set(
      spec.name,
      await openRecorder(join(taskFolder, "recordings", file), header, stores.recordings),
    );
  }
  const close = async () => {
    for (const recorder of recorders.values()) await recorder.close();
    await stores.close();
  };
  return { ...stores, recorders, close };
}
