import { join } from "node:path";
import { atomicWrite, InputError } from "../../io/mod.ts";
import { STATE_ROOT } from "./paths.ts";
import { processIdentity } from "./process_identity.ts";

/** A server that was started, as its state file tells. */
export interface RunningServer {
  /** Name after `local:`. */
  name: string;
  /** What it answers: chat or embeddings. */
  kind: "llm" | "embedding";
  /** Base URL with its `/v1`. */
  baseUrl: string;
  /** Model names that it answers to. */
  models: readonly string[];
  /** SHA-256 of the weights. */
  sha256: string;
  /** Server program with its version, e.g. `xllamacpp==2026.10.11549`. */
  server: string;
  /** What the server was told beyond that, e.g. context and slots. */
  settings: Readonly<Record<string, string | number>>;
  /** Its port on 127.0.0.1. */
  port: number;
  /** Its process. */
  pid: number;
  /** Tells this process from a later one with the same pid. */
  process: string;
  /** When it was started, ISO 8601. */
  startedAt: string;
  /** Path of its log. */
  log: string;
}

/** Where the state of servers stands. */
export interface ServerOptions {
  /** Folder of the state. @default {".assay" of this project} */
  root?: string;
}

/** Path of a file of a server: `json` state, `log`, `lock`. */
export function serverFile(name: string, extension: string, root: string = STATE_ROOT): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) {
    throw new InputError("Cannot use this as the name of a model", {
      found: `"${name}"`,
      expected: "letters, digits, dot, underscore and hyphen",
    });
  }
  return join(root, "servers", `${name}.${extension}`);
}

/** Writes the state of a server that runs. */
export async function writeState(server: RunningServer, root?: string): Promise<void> {
  await atomicWrite(serverFile(server.name, "json", root), JSON.stringify(server, null, 2) + "\n");
}

/** Drops the state of a server that ended. */
export async function dropState(name: string, root?: string): Promise<void> {
  await Deno.remove(serverFile(name, "json", root)).catch(() => undefined);
}

/** State of a server whose process lives; it may still be deaf. */
export async function livingServer(name: string, root?: string): Promise<RunningServer | undefined> {
  let server: RunningServer;
  try {
    server = JSON.parse(await Deno.readTextFile(serverFile(name, "json", root)));
  } catch (error) {
    if (error instanceof InputError) throw error;
    return undefined; // never started, or a file that no start has written
  }
  const identity = await processIdentity(server.pid);
  return identity !== undefined && identity === server.process ? server : undefined;
}

/** Names of all servers that have a state file, sorted. */
export async function stateNames(root: string = STATE_ROOT): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(join(root, "servers")));
    return entries.flatMap(({ name }) => name.endsWith(".json") ? [name.slice(0, -5)] : []).sort();
  } catch {
    return [];
  }
}
