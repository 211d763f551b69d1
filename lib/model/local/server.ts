import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { InputError, withFileLock } from "../../io/mod.ts";
import { processIdentity } from "./process_identity.ts";
import {
  dropState,
  livingServer,
  type RunningServer,
  serverFile,
  type ServerOptions,
  stateNames,
  writeState,
} from "./server_state.ts";

/** How to start a server. */
export interface ServerSpec
  extends Pick<RunningServer, "name" | "kind" | "models" | "sha256" | "server" | "settings"> {
  /** Program. */
  command: string;
  /** Its arguments, once the port is known; it listens on 127.0.0.1. */
  args(port: number): string[];
}

/** Options of {@linkcode startServer}. */
export interface StartOptions extends ServerOptions {
  /** Port on 127.0.0.1. @default {a free one} */
  port?: number;
  /** Longest wait for the first healthy answer, ms. @default {180_000} */
  timeoutMs?: number;
  /** Gives up: the process is ended. */
  signal?: AbortSignal;
}

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
    const running = await findServer(spec.name, { root });
    if (running) return { server: running, started: false };
    await stopServer(spec.name, { root }); // alive but deaf
    return { server: await launch(spec, options), started: true };
  });
}

async function launch(spec: ServerSpec, options: StartOptions): Promise<RunningServer> {
  const { root, timeoutMs = 180_000, signal } = options;
  signal?.throwIfAborted();
  const port = choosePort(options.port);
  const log = serverFile(spec.name, "log", root);
  const output = openSync(log, "w");
  const child = spawn(spec.command, spec.args(port), { detached: true, stdio: ["ignore", output, output] });
  closeSync(output);
  let ended: string | undefined;
  child.on("error", (error) => ended = error.message);
  child.on("exit", (code, by) => ended = by ? `signal ${by}` : `exit code ${code}`);
  child.unref();
  const giveUp = async (what: string) => {
    if (child.pid !== undefined && ended === undefined) child.kill("SIGKILL");
    throw new InputError(what, { where: log, found: await lastLines(log) });
  };
  const deadline = Date.now() + timeoutMs;
  const baseUrl = `http://127.0.0.1:${port}/v1`;
  while (!(await answers(baseUrl) && ended === undefined)) {
    if (ended !== undefined) return await giveUp(`The server of ${spec.name} ended at its start: ${ended}`);
    if (signal?.aborted) child.kill("SIGKILL");
    signal?.throwIfAborted();
    if (Date.now() > deadline) {
      return await giveUp(`The server of ${spec.name} did not answer within ${timeoutMs / 1000} s`);
    }
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  const pid = child.pid!;
  const identity = await processIdentity(pid);
  if (identity === undefined) return await giveUp(`The server of ${spec.name} ended at its start`);
  const { name, kind, models, sha256, server, settings } = spec;
  const startedAt = new Date().toISOString();
  const state = {
    name,
    kind,
    baseUrl,
    models,
    sha256,
    server,
    settings,
    port,
    pid,
    process: identity,
    startedAt,
    log,
  };
  await writeState(state, root);
  return state;
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

function choosePort(wanted = 0): number {
  try {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: wanted });
    listener.close();
    return listener.addr.port;
  } catch (cause) {
    throw new InputError("Cannot listen on this port", {
      found: `${wanted}: ${cause instanceof Error ? cause.message : cause}`,
      fix: "choose another --port, or leave it out for a free one",
      cause,
    });
  }
}

async function answers(baseUrl: string): Promise<boolean> {
  try {
    const response = await fetch(new URL("/health", baseUrl), { signal: AbortSignal.timeout(2000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

async function lastLines(log: string): Promise<string> {
  const text = await Deno.readTextFile(log).catch(() => "");
  return text.trimEnd().split("\n").slice(-8).join(`\n${" ".repeat(12)}`) || "an empty log";
}
