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
  /** Where the replies of a model are recorded, in mode `record`. */
  recorder?: (spec: ModelSpec) => Recorder;
  close(): Promise<void>;
}

/** Recordings that are added to. Its file is made at the first reply, as its header says what serves the model. */
export interface Recorder extends ReplyStore {
  /**
   * Opens the file before there is a reply.
   *
   * @throws InputError when the file holds recordings of something else.
   */
  open(): Promise<void>;
}

/** Options of {@linkcode openStores}. */
export interface StoresOptions {
  mode: Mode;
  /** Folder of the task: its `recordings/` are read, and written in mode `record`. */
  taskFolder: string;
  /** File of the cache. */
  cachePath: string;
  /** Writes each reply into the cache as it comes, for work without a journal. @default {false} */
  keepEach?: boolean;
  onWarning: (text: string) => void;
}

/** Opens the stores of a run. */
export async function openStores(options: StoresOptions): Promise<Stores> {
  const { mode, taskFolder, cachePath, keepEach, onWarning } = options;
  const none: ReplyStore & Recordings = {
    headers: [],
    size: 0,
    get: () => undefined,
    put: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const recordings = mode === "live" ? none : await readRecordings(join(taskFolder, "recordings"), onWarning);
  if (mode === "record") return { recordings, cache: none, ...recordersOf(taskFolder, recordings) };
  const cache = openCache(cachePath, onWarning, keepEach ? { batch: 1 } : {});
  return { recordings, cache, close: () => cache.close() };
}

/** Makes the recorders of a run: one a model, whether a cell or a call of a workflow names it. */
function recordersOf(taskFolder: string, recordings: Recordings) {
  const recorders = new Map<string, Recorder>();
  return {
    recorder(spec: ModelSpec): Recorder {
      const recorder = recorders.get(spec.name) ?? recorderOf(spec, taskFolder, recordings);
      recorders.set(spec.name, recorder);
      return recorder;
    },
    async close() {
      for (const recorder of recorders.values()) await recorder.close();
    },
  };
}

function recorderOf(spec: ModelSpec, taskFolder: string, recordings: Recordings): Recorder {
  let opened: Promise<ReplyStore> | undefined;
  let store: ReplyStore = recordings;
  const open = async (): Promise<ReplyStore> => {
    const file = `${spec.name.replace(/^local:/, "").replace(/[^A-Za-z0-9._-]+/g, "_")}.jsonl`;
    const header = {
      format: "assay-recordings/1" as const,
      model: spec.name,
      ...await describeServer(spec),
      recordedAt: new Date().toISOString().slice(0, 10),
    };
    return store = await openRecorder(join(taskFolder, "recordings", file), header, recordings);
  };
  return {
    open: async () => void await (opened ??= open()),
    get: (key) => store.get(key),
    put: async (key, stored) => await (await (opened ??= open())).put(key, stored),
    close: async () => await opened?.then((recorder) => recorder.close(), () => undefined),
  };
}
