import { withFileLock } from "../../io/mod.ts";
import { answers } from "./answers.ts";
import { launch, type ServerSpec, type StartOptions } from "./launch.ts";
import { processIdentity } from "./process_identity.ts";
import {
  dropState,
  livingServer,
  type RunningServer,
  serverFile,
  type ServerOptions,
  stateNames,
} from "./server_state.ts";

/**
 * Starts a server that outlives this process, and waits until `/health` answers. When it already runs,
 * that one is returned.
 *
 * @throws InputError when the port is taken, or the server ends or stays deaf; with the end of its log.
 */
export async function startServer(
  spec: ServerSpec,
  options: StartOptions = {},
): Promise<{ server: RunningServer; started: boolean }> {
  const { root } = options;
  return await withFileLock(serverFile(spec.name, "lock", root), async () => {
    const living = await livingServer(spec.name, root);
    // patient: a server that is only busy must not be ended
    if (living && await answers(living.baseUrl, 20_000)) return { server: living, started: false };
    await stopServer(spec.name, { root });
    return { server: await launch(spec, options), started: true };
  }, options.signal && { signal: options.signal });
}

/**
 * The running server of a name: its process lives, is the one that was started, and `/health` answers.
 *
 * @example Usage
 * ```ts
 * import { findServer } from "@lib/model/local/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(await findServer("never-started", { root: await Deno.makeTempDir() }), undefined);
 * ```
 */
export async function findServer(
  name: string,
  options: ServerOptions = {},
): Promise<RunningServer | undefined> {
  const server = await livingServer(name, options.root);
  return server && await answers(server.baseUrl) ? server : undefined;
}

/** All servers that run, by name. */
export async function listServers(options: ServerOptions = {}): Promise<RunningServer[]> {
  const names = await stateNames(options.root);
  const found = await Promise.all(names.map((name) => findServer(name, options)));
  return found.filter((server) => server !== undefined);
}

/**
 * Ends a server that {@linkcode startServer} started, and no other process: one that has its pid by now is
 * left alone.
 *
 * @returns Whether there was one to end.
 */
export async function stopServer(name: string, options: ServerOptions = {}): Promise<boolean> {
  const server = await livingServer(name, options.root);
  if (server) {
    const lives = async () => await processIdentity(server.pid) === server.process;
    for (const [signal, waitMs] of [["SIGTERM", 5000], ["SIGKILL", 5000]] as const) {
      if (await lives()) Deno.kill(server.pid, signal);
      const deadline = Date.now() + waitMs;
      while (await lives() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }
  await dropState(name, options.root);
  return server !== undefined;
}

/** Ends all servers that {@linkcode startServer} started; their names. */
export async function stopAllServers(options: ServerOptions = {}): Promise<string[]> {
  const stopped: string[] = [];
  for (const name of await stateNames(options.root)) {
    if (await stopServer(name, options)) stopped.push(name);
  }
  return stopped;
}
