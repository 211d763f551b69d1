import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { InputError } from "../io/mod.ts";
import { processIdentity } from "../model/local/mod.ts";
import { signalGroup } from "./end_group.ts";
import { isHealthy } from "./health.ts";
import { dropState, mlflowFile, type RunningMlflow, writeState } from "./server_state.ts";

/** What {@linkcode launchMlflow} needs. */
export interface LaunchSpec {
  /** The `mlflow` command. */
  command: string;
  /** The package, e.g. `mlflow==3.17.2`. */
  server: string;
  /** Port on 127.0.0.1. @default {5000, or a free one when that is taken} */
  port?: number;
  root?: string;
  /** Longest wait for the first healthy answer, ms. */
  timeoutMs: number;
  signal?: AbortSignal;
}

/** Starts a server of its own process group, waits until it answers, and writes its state. The caller holds the lock. */
export async function launchMlflow(spec: LaunchSpec): Promise<RunningMlflow> {
  const { command, server, root, timeoutMs, signal } = spec;
  signal?.throwIfAborted();
  const port = spec.port === undefined ? freePort(5000) ?? freePort(0)! : takePort(spec.port);
  const folder = mlflowFile("", root);
  const log = mlflowFile("server.log", root);
  await Deno.mkdir(mlflowFile("artifacts", root), { recursive: true });
  const output = openSync(log, "w");
  const child = spawn(command, argumentsOf(port, root), {
    cwd: folder, // MLflow may leave files where it runs
    env: environment(),
    detached: true,
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  let ended: string | undefined;
  child.on("error", (error) => ended = error.message);
  const exited = new Promise<string>((resolve) =>
    child.on("exit", (code, by) => resolve(ended = by ? `signal ${by}` : `exit code ${code}`))
  );
  const { pid } = child;
  if (pid === undefined) await new Promise((resolve) => setTimeout(resolve, 10)); // "error" comes now
  else child.unref();
  const uri = `http://127.0.0.1:${port}`;
  const startedAt = new Date().toISOString();
  const identity = pid === undefined ? undefined : await processIdentity(pid);
  try {
    if (pid === undefined) throw atStart(ended ?? "it ended at once");
    if (identity === undefined) throw atStart(ended ?? await soon(exited, "it ended at once")); // its end is told a little later
    const state: RunningMlflow = { uri, port, pid, process: identity, server, startedAt, folder, log };
    await writeState(state, root); // before it answers: whatever happens now, it can be stopped
    for (const deadline = Date.now() + timeoutMs; !await isHealthy(uri);) {
      if (ended !== undefined) throw atStart(ended);
      if (Date.now() > deadline) throw atStart(`no answer within ${timeoutMs / 1000} s`);
      await new Promise((resolve) => setTimeout(resolve, 250));
      signal?.throwIfAborted();
    }
    if (ended !== undefined) throw atStart(ended); // then another process answers at this port
    return state;
  } catch (error) {
    if (pid !== undefined) await signalGroup(pid, "SIGKILL");
    await dropState(root);
    if (!(error instanceof InputError)) throw error;
    throw new InputError(error.message, { where: log, found: await lastLines(log) });
  }
}

/** What a promise resolves to within a second, else something in its place. */
async function soon<T>(promise: Promise<T>, otherwise: T): Promise<T> {
  const { promise: late, resolve } = Promise.withResolvers<T>();
  const timer = setTimeout(() => resolve(otherwise), 1000);
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function argumentsOf(port: number, root: string | undefined): string[] {
  return [
    "server",
    ...["--backend-store-uri", `sqlite:///${mlflowFile("mlflow.db", root)}`],
    ...["--artifacts-destination", mlflowFile("artifacts", root)],
    ...["--host", "127.0.0.1", "--port", String(port), "--workers", "1"],
  ];
}

/** The environment without what would send the server elsewhere; compiled Python files are kept: half the start. */
function environment(): Record<string, string> {
  const { PYTHONDONTWRITEBYTECODE: _bytecode, ...rest } = Deno.env.toObject();
  const kept = Object.entries(rest).filter(([name]) => !name.startsWith("MLFLOW_TRACKING_"));
  return {
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false", // eight more processes, for judges that the server would run itself
    ...Object.fromEntries(kept),
    MLFLOW_DISABLE_TELEMETRY: "true",
  };
}

function takePort(port: number): number {
  const taken = freePort(port);
  if (taken !== undefined) return taken;
  throw new InputError("Cannot listen on this port", {
    where: "--port",
    found: `${port}, which another program uses`,
    fix: "choose another --port, or leave it out: 5000, or a free one",
  });
}

function freePort(port: number): number | undefined {
  try {
    const listener = Deno.listen({ hostname: "127.0.0.1", port });
    listener.close();
    return listener.addr.port;
  } catch {
    return undefined;
  }
}

function atStart(reason: string): InputError {
  return new InputError(`The MLflow server did not start: ${reason}`);
}

async function lastLines(log: string): Promise<string> {
  const text = await Deno.readTextFile(log).catch(() => "");
  return text.trimEnd().split("\n").slice(-12).join(`\n${" ".repeat(12)}`) || "an empty log";
}
