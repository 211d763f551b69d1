import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { atomicWrite } from "../io/mod.ts";
import { processIdentity } from "../model/local/mod.ts";

/** An MLflow server that was started here, as its state file tells. */
export interface RunningMlflow {
  /** Address of its pages and of its REST interface. */
  uri: string;
  /** Its port on 127.0.0.1. */
  port: number;
  /** Its first process, which leads the process group of all of them. */
  pid: number;
  /** Tells this process from a later one with the same pid. */
  process: string;
  /** The package, e.g. `mlflow==3.17.2`. */
  server: string;
  /** When it was started, ISO 8601. */
  startedAt: string;
  /** Folder of its database and artifacts. */
  folder: string;
  /** Path of its log. */
  log: string;
}

/** Where the state of the server stands. */
export interface MlflowStateOptions {
  /** Folder of the state; the server's is `mlflow` below it. @default {".assay" of this project} */
  root?: string;
}

/** Folder of the state that runs make, `.assay` in this project. */
export const STATE_ROOT: string = fileURLToPath(new URL("../../.assay", import.meta.url));

/** Path of a file of the server. */
export function mlflowFile(name: string, root: string = STATE_ROOT): string {
  return join(root, "mlflow", name);
}

/** Writes the state of a server that runs. */
export async function writeState(server: RunningMlflow, root?: string): Promise<void> {
  await atomicWrite(mlflowFile("server.json", root), JSON.stringify(server, null, 2) + "\n");
}

/** Drops the state of a server that ended. */
export async function dropState(root?: string): Promise<void> {
  await Deno.remove(mlflowFile("server.json", root)).catch(() => undefined);
}

/** The server whose process lives and is the one that was started; it may still be deaf. */
export async function livingMlflow(root?: string): Promise<RunningMlflow | undefined> {
  let server: RunningMlflow;
  try {
    server = JSON.parse(await Deno.readTextFile(mlflowFile("server.json", root)));
  } catch {
    return undefined; // never started, or a file that no start has written
  }
  const identity = await processIdentity(server.pid);
  return identity !== undefined && identity === server.process ? server : undefined;
}
