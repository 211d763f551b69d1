import { join } from "node:path";
import { ensureVenv, withFileLock } from "../io/mod.ts";
import { endGroup } from "./end_group.ts";
import { isHealthy } from "./health.ts";
import { launchMlflow } from "./launch.ts";
import {
  dropState,
  livingMlflow,
  mlflowFile,
  type MlflowStateOptions,
  type RunningMlflow,
  STATE_ROOT,
} from "./server_state.ts";

/** The server package. */
export const MLFLOW_SERVER = "mlflow==3.17.2";

/** Options of {@linkcode startMlflow}. */
export interface StartMlflowOptions extends MlflowStateOptions {
  /** Port on 127.0.0.1. @default {5000, or a free one when that is taken} */
  port?: number;
  /** Folder of the Python environment. @default {"venv" below `root`} */
  venv?: string;
  /** Longest wait for the first healthy answer, ms. @default {180_000} */
  timeoutMs?: number;
  /** Is told what is going on, in lines. */
  onProgress?: (line: string) => void;
  /** Gives up: the processes are ended. */
  signal?: AbortSignal;
}

/**
 * Installs a real MLflow server, if that is still to be done, starts it, and waits until it answers. It keeps runs in
 * `mlflow/mlflow.db` and files in `mlflow/artifacts` below the state folder, listens on this machine only, and
 * outlives this process. When it already runs, that one is returned.
 *
 * @throws InputError when the port is taken, or the server ends or stays deaf; with the end of its log.
 * @example Usage
 * ```ts ignore
 * import { startMlflow, stopMlflow } from "@lib/mlflow/mod.ts";
 *
 * const { server } = await startMlflow({ onProgress: console.error });
 * console.log(server.uri);
 * await stopMlflow();
 * ```
 */
export async function startMlflow(
  options: StartMlflowOptions = {},
): Promise<{ server: RunningMlflow; started: boolean }> {
  const { root = STATE_ROOT, timeoutMs = 180_000, port, onProgress, signal } = options;
  const running = await findMlflow({ root });
  if (running) return { server: running, started: false };
  const venv = await ensureVenv({
    packages: [MLFLOW_SERVER],
    root: options.venv ?? join(root, "venv"),
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
  });
  const start = async () => {
    const living = await livingMlflow(root);
    // patient: a server that is only busy must not be ended
    if (living && await isHealthy(living.uri, 20_000)) return { server: living, started: false };
    await stopMlflow({ root });
    onProgress?.("Starting MLflow; the first start makes its tables and takes a quarter of a minute");
    const launch = { command: venv.bin("mlflow"), server: MLFLOW_SERVER, root, timeoutMs };
    const server = await launchMlflow({
      ...launch,
      ...(port !== undefined && { port }),
      ...(signal && { signal }),
    });
    return { server, started: true };
  };
  return await withFileLock(mlflowFile("server.lock", root), start, {
    onWait: () => onProgress?.("Waiting for another process that starts MLflow"),
    ...(signal && { signal }),
  });
}

/**
 * The running server that {@linkcode startMlflow} started: its process lives, is the same one, and `/health` answers.
 *
 * @example Usage
 * ```ts
 * import { findMlflow } from "@lib/mlflow/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(await findMlflow({ root: await Deno.makeTempDir() }), undefined);
 * ```
 */
export async function findMlflow(options: MlflowStateOptions = {}): Promise<RunningMlflow | undefined> {
  const server = await livingMlflow(options.root);
  return server && await isHealthy(server.uri, 10_000) ? server : undefined;
}

/**
 * Ends the server that {@linkcode startMlflow} started, with all its processes, and no other one.
 *
 * @returns Whether there was one to end.
 */
export async function stopMlflow(options: MlflowStateOptions = {}): Promise<boolean> {
  const server = await livingMlflow(options.root);
  if (server) await endGroup(server);
  await dropState(options.root);
  return server !== undefined;
}
