import { Command, InvalidArgumentError } from "commander";
import { join, resolve } from "node:path";
import { findRun, listRuns } from "../lib/experiment/mod.ts";
import { InputError } from "../lib/io/mod.ts";
import {
  createMlflowClient,
  findMlflow,
  MlflowError,
  type RunningMlflow,
  startMlflow,
  stopMlflow,
} from "../lib/mlflow/mod.ts";
import { EXIT, listenForInterruption, runCommand } from "./_cli.ts";
import { closingLine, notSent, sendRuns } from "./_sync_runs.ts";

interface Flags {
  stop?: true;
  port?: number;
  format: string;
}

const EXAMPLES = `
Examples:
  deno task mlflow                        start the server, or say where it runs
  deno task mlflow --port 5050            on this port (default: 5000, or a free one)
  deno task mlflow sync                   send every run that is not there yet
  deno task mlflow sync ticket_triage-20261124-101500-a1b2      send this run, again if need be
  deno task mlflow --stop                 stop the server; what it holds stays

The server listens on 127.0.0.1 only and goes on until it is stopped. It keeps everything in .assay/mlflow/:
mlflow.db, artifacts/, server.log. Each task is an experiment "assay/TASK", each cell of a run is one MLflow run.`;

const SYNC_EXAMPLES = `
Examples:
  deno task mlflow sync                   every run in .assay/runs that is not there yet, or has gone on since
  deno task mlflow sync ticket_triage-20261124-101500-a1b2      this one, again if need be
  MLFLOW_TRACKING_URI=https://mlflow.example.com deno task mlflow sync      to another server

Credentials of another server: MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN.
Sent twice, or again after it was broken off, a run counts once.

Exit codes: 0 all is there; 2 bad input, no run, no server; 3 the server failed; 130/143 interrupted.`;

const RUNS = resolve(".assay", "runs");
const say = (text: string) => console.error(text);
let sync: string[] | undefined;

const program = new Command("deno task mlflow")
  .description("Start a real MLflow server, and send runs to it.")
  .option("--stop", "stop the server that this command started")
  .option("--port <PORT>", "port on 127.0.0.1 (default: 5000, or a free one)", portNumber)
  .option("--format <NAME>", "text or json", "text")
  .addHelpText("after", EXAMPLES)
  .exitOverride()
  .allowExcessArguments()
  .action(() => {});
program.command("sync [RUN...]")
  .description("send runs: those named, or all that are not there yet")
  .option("--format <NAME>", "text or json", "text")
  .addHelpText("after", SYNC_EXAMPLES)
  .action((runs: string[]) => {
    sync = runs;
  });

await runCommand(program, async () => {
  const flags = program.opts<Flags>();
  const { format } = flags;
  const [unknown] = sync ? [] : program.args;
  if (unknown !== undefined) {
    throw new InputError(`Unknown command "${unknown}"`, {
      expected: "sync, or no command to start the server",
      fix: "deno task mlflow --help shows examples",
    });
  }
  if (!["text", "json"].includes(format)) {
    throw new InputError("Unknown format", { where: "--format", found: format, expected: "text or json" });
  }
  const json = format === "json";
  if (sync && (flags.stop || flags.port !== undefined)) {
    throw new InputError("--stop and --port are about the server, not about sync", {
      fix: "give one command",
    });
  }
  if (sync) return await syncRuns(sync, json);
  return flags.stop ? await stop(json) : await start(flags.port, json);
});

async function start(port: number | undefined, json: boolean): Promise<number> {
  const interruption = listenForInterruption();
  try {
    const { signal } = interruption;
    const { server, started } = await startMlflow({
      onProgress: say,
      signal,
      ...(port !== undefined && { port }),
    });
    console.log(json ? JSON.stringify({ ...server, started }, null, 2) : describe(server, started));
    const other = Deno.env.get("MLFLOW_TRACKING_URI");
    if (other !== undefined && other !== server.uri) {
      say("note: MLFLOW_TRACKING_URI is set, so sync sends to that server");
    }
    if (port !== undefined && port !== server.port) {
      say(`note: it runs on ${server.port}; --stop it to change that`);
    }
    return EXIT.done;
  } catch (error) {
    const code = interruption.code();
    if (code === undefined) throw error;
    return code;
  }
}

function describe(server: RunningMlflow, started: boolean): string {
  return [
    `MLflow ${started ? "runs" : "already runs"} at ${server.uri}`,
    `  server   ${server.server.replace("==", " ")}, process ${server.pid}`,
    `  data     ${join(server.folder, "mlflow.db")}, ${join(server.folder, "artifacts")}`,
    `  log      ${server.log}`,
    `  send     deno task mlflow sync`,
    `  stop     deno task mlflow --stop`,
  ].join("\n");
}

async function stop(json: boolean): Promise<number> {
  const stopped = await stopMlflow();
  if (json) console.log(JSON.stringify({ stopped }));
  else console.log(stopped ? "Stopped MLflow" : "No MLflow server of this project was running");
  return EXIT.done;
}

async function syncRuns(named: readonly string[], json: boolean): Promise<number> {
  const folders = named.length > 0 ? await Promise.all(named.map(folderOf)) : await allFolders();
  const interruption = listenForInterruption();
  const { signal } = interruption;
  try {
    const client = createMlflowClient({ uri: await serverUri(), signal });
    await client.check();
    const wanted = named.length > 0 ? folders : await notSent(client, folders);
    const result = await sendRuns(client, wanted, { signal, alreadyThere: folders.length - wanted.length });
    console.log(
      json ? JSON.stringify({ uri: client.uri, ...result }, null, 2) : closingLine(client.uri, result),
    );
    return result.exitCode;
  } catch (error) {
    const code = interruption.code();
    if (code !== undefined) {
      say("Interrupted. What has arrived stays; the same command goes on.");
      return code;
    }
    if (!(error instanceof MlflowError)) throw error;
    say(
      `error: MLflow failed: ${error.message}\n  fix:      see its log, then send again: what has arrived stays`,
    );
    return EXIT.infrastructure;
  }
}

async function serverUri(): Promise<string> {
  const named = Deno.env.get("MLFLOW_TRACKING_URI");
  if (named) return named;
  const server = await findMlflow();
  if (server) return server.uri;
  throw new InputError("No MLflow server runs", {
    fix: "start it with: deno task mlflow; or name another in MLFLOW_TRACKING_URI",
  });
}

function folderOf(run: string): Promise<string> {
  return /[/\\]/.test(run) ? Promise.resolve(resolve(run)) : findRun(RUNS, { id: run });
}

async function allFolders(): Promise<string[]> {
  const ids = await listRuns(RUNS);
  if (ids.length > 0) return ids.map((id) => join(RUNS, id));
  throw new InputError("There is no run to send", { where: RUNS, fix: "make one with: deno task eval" });
}

function portNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 65_535) return value;
  throw new InvalidArgumentError("expected a whole number from 1 to 65535");
}
