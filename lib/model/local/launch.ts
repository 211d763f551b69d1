import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { InputError } from "../../io/mod.ts";
import { answers } from "./answers.ts";
import { processIdentity } from "./process_identity.ts";
import { dropState, type RunningServer, serverFile, type ServerOptions, writeState } from "./server_state.ts";

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

/** Starts a process of its own, waits until it answers, and writes its state. The caller holds the lock. */
export async function launch(spec: ServerSpec, options: StartOptions): Promise<RunningServer> {
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
  const { pid } = child;
  if (pid === undefined) await new Promise((resolve) => setTimeout(resolve, 10)); // "error" comes now
  if (pid !== undefined) child.unref();
  const { command: _command, args: _args, ...about } = spec;
  const baseUrl = `http://127.0.0.1:${port}/v1`;
  const startedAt = new Date().toISOString();
  const identity = pid === undefined ? undefined : await processIdentity(pid);
  try {
    if (pid === undefined || identity === undefined) throw atStart(ended ?? "it ended at once");
    const state: RunningServer = { ...about, baseUrl, port, pid, process: identity, startedAt, log };
    await writeState(state, root); // before it answers: whatever happens now, it can be stopped
    for (const deadline = Date.now() + timeoutMs; !await answers(baseUrl);) {
      if (ended !== undefined) throw atStart(ended);
      if (Date.now() > deadline) throw atStart(`no answer within ${timeoutMs / 1000} s`);
      await new Promise((resolve) => setTimeout(resolve, 150));
      signal?.throwIfAborted();
    }
    if (ended !== undefined) throw atStart(ended); // then another process answers at this port
    return state;
  } catch (error) {
    if (pid !== undefined && ended === undefined) child.kill("SIGKILL");
    await dropState(spec.name, root);
    if (!(error instanceof InputError)) throw error;
    throw new InputError(error.message, { where: log, found: await lastLines(log) });
  }

  function atStart(reason: string): InputError {
    return new InputError(`The server of ${spec.name} did not start: ${reason}`);
  }
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

async function lastLines(log: string): Promise<string> {
  const text = await Deno.readTextFile(log).catch(() => "");
  return text.trimEnd().split("\n").slice(-12).join(`\n${" ".repeat(12)}`) || "an empty log";
}
