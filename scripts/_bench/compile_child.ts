/**
 * One measured compilation in a process of its own: `search` over 200 cases, half of them train and half dev. Arguments: base URL
 * and requests in flight. Prints one JSON line.
 *
 * @module
 */
import process from "node:process";
import { type CompileEvent, compileTask, experiment, openTask } from "../../lib/experiment/mod.ts";
import { compatible } from "../../lib/model/mod.ts";
import { OPTIMIZERS } from "../../lib/optimize/mod.ts";
import { predict } from "../../lib/program/mod.ts";
import { signature } from "../../lib/signature/mod.ts";
import { join } from "node:path";
import { z } from "zod";

/** What a measured compilation prints. */
export interface MeasuredCompilation {
  requests: number;
  /** From the start of the first request to the artifact, ms. */
  wallMs: number;
  /** Of it, with no request under way, ms. */
  idleMs: number;
  /** User and system time of the whole compilation a request, ms. */
  cpuMs: number;
}

const CASES = 200;
const [baseUrl = "", inFlight = "16"] = Deno.args;
const folder = await Deno.makeTempDir({ prefix: "assay-bench-" });
try {
  console.log(JSON.stringify(await measure()));
} finally {
  await Deno.remove(folder, { recursive: true });
}

async function measure(): Promise<MeasuredCompilation> {
  const rows = Array.from(
    { length: CASES },
    (_, index) =>
      `c${index},What is the capital of country number ${index}?,Paris,${index % 2 ? "train" : "dev"}`,
  );
  await Deno.writeTextFile(join(folder, "cases.csv"), `id,question,answer,split\n${rows.join("\n")}\n`);
  const Capital = signature({
    name: "capital",
    instructions: "Name the capital of the country. Reply with the name of the city and nothing else.",
    input: { question: z.string() },
    output: { answer: z.string().describe("Name of the city") },
  });
  const task = await openTask(
    experiment({
      name: "bench",
      dataset: "./cases.csv",
      variants: { predict: predict(Capital) },
      models: [compatible("bench", { baseUrl, concurrency: Number(inFlight) })],
    }),
    folder,
  );
  const spans: [start: number, end: number][] = [];
  const onEvent = (event: CompileEvent) => {
    if (event.type !== "case") return;
    for (const { at, timing } of event.run.prediction.calls) {
      const end = Date.parse(at);
      spans.push([end - timing.attempts.reduce((sum, { durationMs }) => sum + durationMs, 0), end]);
    }
  };
  const before = process.cpuUsage();
  const optimizer = OPTIMIZERS.search!;
  const stateFolder = join(folder, "state");
  const { artifact } = await compileTask(task, {
    optimizer,
    variant: "predict",
    mode: "live",
    stateFolder,
    onEvent,
  });
  const over = Date.now();
  if (!artifact) throw new Error("The compilation made no artifact");
  const { user, system } = process.cpuUsage(before);
  const first = Math.min(...spans.map(([start]) => start));
  return {
    requests: spans.length,
    wallMs: over - first,
    idleMs: over - first - covered(spans),
    cpuMs: (user + system) / 1000 / spans.length,
  };
}

/** Length of the union of some spans. */
function covered(spans: readonly [number, number][]): number {
  let [sum, until] = [0, -Infinity];
  for (const [start, end] of spans.toSorted(([a], [b]) => a - b)) {
    sum += Math.max(0, end - Math.max(start, until));
    until = Math.max(until, end);
  }
  return sum;
}
