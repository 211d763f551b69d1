import { Command } from "commander";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { InputError } from "../lib/io/mod.ts";
import { textTable } from "../lib/report/mod.ts";
import { startChatServer } from "../tests/servers/chat_server.ts";
import { spawnChatServer } from "../tests/servers/spawn_chat_server.ts";
import type { Measured } from "./_bench/child.ts";
import { compilation } from "./_bench/compilation.ts";
import type { MeasuredStrategies } from "./_bench/strategies_child.ts";
import { EXIT, runCommand } from "./_cli.ts";
import { writeBenchTask } from "./_bench/write_task.ts";

const LATENCY_MS = 50;
const ANSWER = '{"answer":"Paris"}';
const CHILD = fileURLToPath(new URL("./_bench/child.ts", import.meta.url));
const STRATEGIES = fileURLToPath(new URL("./_bench/strategies_child.ts", import.meta.url));
const EVAL = fileURLToPath(new URL("./eval.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../deno.json", import.meta.url));

/** The engine's flags of `deno task eval`, so that the same thing is measured. */
const V8_FLAGS = /--v8-flags=\S+/.exec(JSON.parse(Deno.readTextFileSync(CONFIG)).tasks.eval) ?? [];

interface Flags {
  runs: string;
  format: string;
}

const program = new Command("deno task bench")
  .description(
    "Time the runner against a real local server that answers after 50 ms, beside a bare loop on the same server.",
  )
  .option("--runs <N>", "measured runs of each timing; the median is shown", "3")
  .option("--format <NAME>", "text or json", "text")
  .addHelpText(
    "after",
    "\nEach run is a process of its own. Close other work first: a busy machine shows in the bare loop too.",
  );

interface Line {
  what: string;
  measured: string;
  bound: string;
  beside: string;
  held: boolean;
}

await runCommand(program, async () => {
  const { runs, format } = program.opts<Flags>();
  const count = Number(runs);
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new InputError("Bad value of --runs", { found: runs, expected: "an integer from 1" });
  }
  const folder = await Deno.makeTempDir({ prefix: "assay-bench-" });
  try {
    const lines = [
      await loop(folder, count, { cases: 1000, inFlight: 16, factor: 1.1 }),
      await loop(folder, count, { cases: 4000, inFlight: 64, factor: 1.25 }),
      await firstRequest(folder, count),
      await memory(folder),
      await replay(folder, count),
      await strategies(),
      await compilation(count, (args) => command(args, ".")),
    ].flat();
    const machine = `${cpus().length} x ${
      cpus()[0]?.model.trim() ?? "unknown"
    }, Deno ${Deno.version.deno}, ${Deno.build.target}`;
    if (format === "json") console.log(JSON.stringify({ machine, lines }, null, 2));
    else printLines(machine, lines);
    return EXIT.done;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function loop(
  folder: string,
  runs: number,
  about: { cases: number; inFlight: number; factor: number },
): Promise<Line[]> {
  const { cases, inFlight, factor } = about;
  const size = [cases, inFlight, LATENCY_MS].map(String);
  const idealMs = (cases / inFlight) * LATENCY_MS;
  const [ours, bare]: [Measured[], Measured[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    await using server = await spawnChatServer({ latencyMs: LATENCY_MS, answer: ANSWER });
    const task = join(folder, `loop-${cases}-${run}`);
    await writeBenchTask({ folder: task, cases, baseUrl: server.baseUrl, concurrency: inFlight });
    bare.push(await child(["bare", server.baseUrl, ...size]));
    ours.push(await child(["assay", task, ...size]));
  }
  const wall = median(ours.map(({ wallMs }) => wallMs));
  const bareWall = median(bare.map(({ wallMs }) => wallMs));
  const cpu = median(ours.map(({ cpuMs }) => cpuMs));
  return [
    {
      what: `${cases} requests, ${inFlight} in flight, durable journal`,
      measured: `${seconds(wall)} = ${(wall / idealMs).toFixed(3)} x ideal ${seconds(idealMs)}`,
      bound: `${factor} x ideal`,
      beside: `bare loop ${seconds(bareWall)} = ${(bareWall / idealMs).toFixed(3)} x`,
      held: wall <= factor * idealMs,
    },
    {
      what: "  the same against the bare loop",
      measured: `${(wall / bareWall).toFixed(3)} x bare loop`,
      bound: `${factor} x bare loop`,
      beside: "a ratio for any machine",
      held: wall <= factor * bareWall,
    },
    {
      what: `CPU a case, ${cases} requests, ${inFlight} in flight`,
      measured: `${cpu.toFixed(2)} ms`,
      bound: "1 ms",
      beside: `bare loop ${median(bare.map(({ cpuMs }) => cpuMs)).toFixed(2)} ms`,
      held: cpu < 1,
    },
  ];
}

async function firstRequest(folder: string, runs: number): Promise<Line> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    await using server = await startChatServer({ answer: () => ANSWER });
    const task = join(folder, `first-${run}`);
    await writeBenchTask({ folder: task, cases: 1000, baseUrl: server.baseUrl, concurrency: 16 });
    const start = performance.now();
    const process = command([EVAL, task, "--live", "--format", "json"], task).spawn();
    await server.waitFor(1);
    times.push((server.requests()[0]?.receivedAtMs ?? NaN) - start);
    await process.output();
  }
  const time = median(times);
  return {
    what: "process start to first request, 1000 cases",
    measured: seconds(time),
    bound: "0.5 s",
    beside: "",
    held: time < 500,
  };
}

async function memory(folder: string): Promise<Line> {
  await using server = await spawnChatServer({ latencyMs: 1, answer: ANSWER });
  const peaks: number[] = [];
  for (const cases of [1000, 20_000]) {
    const task = join(folder, `memory-${cases}`);
    await writeBenchTask({ folder: task, cases, baseUrl: server.baseUrl, concurrency: 64 });
    peaks.push((await child(["assay", task, String(cases), "64", "1"])).peakMb);
  }
  const [small = NaN, large = NaN] = peaks;
  return {
    what: "peak memory, 20,000 cases against 1,000",
    measured: `${large.toFixed(0)} MB - ${small.toFixed(0)} MB = ${(large - small).toFixed(0)} MB`,
    bound: "60 MB",
    beside: "",
    held: large - small <= 60,
  };
}

async function replay(folder: string, runs: number): Promise<Line> {
  const task = join(folder, "replay");
  {
    await using server = await spawnChatServer({ latencyMs: 1, answer: ANSWER });
    await writeBenchTask({ folder: task, cases: 20_000, baseUrl: server.baseUrl, concurrency: 64 });
    await child(["assay", task, "20000", "64", "1", "record"]);
  }
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    const { success, stderr } = await command([EVAL, task, "--replay"], task).output();
    if (!success) throw new Error(`The replay failed: ${new TextDecoder().decode(stderr)}`);
    times.push(performance.now() - start);
  }
  const time = median(times);
  return {
    what: "20,000 recorded cases replayed, whole process",
    measured: seconds(time),
    bound: "5 s",
    beside: "",
    held: time < 5000,
  };
}

async function strategies(): Promise<Line[]> {
  const { success, stdout, stderr } = await command([STRATEGIES], ".").output();
  if (!success) throw new Error(`A measured run failed: ${new TextDecoder().decode(stderr)}`);
  const { cpuMs, bm25Ms }: MeasuredStrategies = JSON.parse(new TextDecoder().decode(stdout));
  const all = Object.entries(cpuMs).sort(([, a], [, b]) => b - a);
  const [dearest = ["none", NaN]] = all;
  return [
    {
      what: "CPU a call of the dearest strategy, replies at once",
      measured: `${dearest[1].toFixed(3)} ms (${dearest[0]})`,
      bound: "0.2 ms",
      beside: all.slice(1).map(([name, ms]) => `${name} ${ms.toFixed(3)}`).join(", "),
      held: dearest[1] < 0.2,
    },
    {
      what: "BM25 over 10,000 items, a query",
      measured: `${bm25Ms.toFixed(2)} ms`,
      bound: "5 ms",
      beside: "",
      held: bm25Ms < 5,
    },
  ];
}

function command(args: readonly string[], cwd: string): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", ...V8_FLAGS, "--config", CONFIG, ...args],
    cwd,
    stdout: "piped",
    stderr: "piped",
  });
}

async function child(args: readonly string[]): Promise<Measured> {
  const { success, stdout, stderr } = await command([CHILD, ...args], ".").output();
  if (!success) throw new Error(`A measured run failed: ${new TextDecoder().decode(stderr)}`);
  return JSON.parse(new TextDecoder().decode(stdout)) as Measured;
}

function printLines(machine: string, lines: readonly Line[]): void {
  console.log(`${machine}; server answers after ${LATENCY_MS} ms; medians\n`);
  const columns = [{ title: "what" }, { title: "measured" }, { title: "bound" }, { title: "held" }, {
    title: "beside it",
  }];
  console.log(
    textTable(
      columns,
      lines.map((
        { what, measured, bound, held, beside },
      ) => [what, measured, bound, held ? "yes" : "NO", beside]),
    ),
  );
  const broken = lines.filter(({ held }) => !held).length;
  console.log(`\n${lines.length - broken} of ${lines.length} bounds held`);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN;
}
