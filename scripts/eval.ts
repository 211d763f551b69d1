import { Command } from "commander";
import { coverageReport, type Split } from "../lib/dataset/mod.ts";
import {
  accuracyGate,
  againstBaseline,
  type BaselineChange,
  evaluate,
  type Evaluation,
  firstRequests,
  type GateResult,
  listTasks,
  loadTask,
  planRun,
  type RunEvent,
  type RunStatus,
  type Selection,
  type Task,
} from "../lib/experiment/mod.ts";
import { InputError } from "../lib/io/mod.ts";
import type { Mode } from "../lib/model/mod.ts";
import {
  formatCount,
  formatPercent,
  formatUsd,
  MATRIX_LEGEND,
  matrixTable,
  plain,
} from "../lib/report/mod.ts";
import { INFRASTRUCTURE } from "../lib/scoring/mod.ts";
import { codeCommit, EXIT, list, listenForInterruption, runCommand } from "./_cli.ts";
import { Progress } from "./_progress.ts";

/** Share of a cell's observations that may fail by infrastructure before the run counts as failed. */
const ERROR_BUDGET = 0.1;

interface Flags {
  variants?: string[];
  models?: string[];
  prompts?: string[];
  repeats?: string;
  limit?: string;
  split?: string;
  concurrency?: string;
  budgetUsd?: string;
  seed?: string;
  resume?: string | true;
  live?: true;
  replay?: true;
  record?: true;
  baseline?: string;
  gate?: string;
  engine: string;
  format: string;
  showPrompt?: true;
  case?: string;
  coverage?: true;
}

const EXAMPLES = `
Examples:
  deno task eval                                      the shipped task, from its recordings
  deno task eval ticket_triage --variants cot --models qwen2.5-coder-1.5b --limit 20
  deno task eval --models openai:gpt-4o-mini --budget-usd 1
  deno task eval --models http://localhost:11434/v1#llama3.2 --live
  deno task eval --show-prompt --case t001            the exact messages and schema, no call
  deno task eval --resume                             go on with the latest run of the task
  deno task eval --gate 0.8 --format json             for CI: exit 1 unless every cell is surely above 80%

Exit codes: 0 done; 1 gate not passed; 2 bad input or nothing to run; 3 an endpoint refused or more than 10% of a
cell failed by infrastructure; 4 budget reached; 130/143 interrupted, with the command that goes on.`;

const program = new Command("deno task eval")
  .description(
    "Run a task's matrix of variants, prompts and models over its dataset, and print what it measured.",
  )
  .argument("[task]", "folder below datasets/, or a path (default: ticket_triage, or the only one)")
  .option("--variants <NAMES>", "only these, comma separated", list)
  .option("--models <NAMES>", "of the task, or any local:NAME, openai:NAME, BASE_URL#NAME", list)
  .option("--prompts <NAMES>", "only these prompt versions", list)
  .option("--repeats <N>", "independent samples of every case")
  .option("--limit <N>", "only the first N cases")
  .option("--split <NAME>", "only the cases of train, dev or test")
  .option("--concurrency <N>", "requests in flight per endpoint")
  .option("--budget-usd <USD>", "begin no case once live calls have cost this much")
  .option("--seed <N>", "seed of sampling (default: 1)")
  .option("--resume [RUN]", "go on with a run, or with the latest one of the task")
  .option("--live", "take nothing from cache or recordings")
  .option("--replay", "call nothing")
  .option("--record", "call what is not recorded, and keep the replies in the task's recordings/")
  .option("--baseline <NAME>", "count newly right and newly wrong cases against this variant or cell")
  .option("--gate <SHARE>", "exit 1 unless the accuracy interval of every cell is above this, 0 to 1")
  .option("--engine <NAME>", "where the work is done: local", "local")
  .option("--format <NAME>", "text or json", "text")
  .option("--show-prompt", "print the exact messages and schema of each cell, without a call")
  .option("--case <ID>", "the case of --show-prompt (default: the first)")
  .option("--coverage", "print what the dataset covers, without a call")
  .addHelpText("after", EXAMPLES);

await runCommand(program, async () => {
  const flags = program.opts<Flags>();
  checkFlags(flags);
  const name = program.args[0] ?? await defaultTask();
  const task = await loadTask(name);
  if (flags.coverage) return printCoverage(task);
  if (flags.showPrompt) return await printPrompts(task, flags);
  return await run(name, task, flags);
});

async function run(name: string, task: Task, flags: Flags): Promise<number> {
  const text = flags.format === "text";
  const interruption = listenForInterruption();
  const progress = new Progress();
  let runId: string | undefined;
  const mode = modeOf(flags);
  const onEvent = (event: RunEvent) => {
    if (event.type === "warning") console.error(`warning: ${event.text}`);
    if (event.type === "planned") {
      runId = event.manifest.id;
      (text ? console.log : console.error)(headerOf(event));
    }
    if (event.type === "observation") {
      const { observation: { score, calls }, done, total } = event;
      const usd = calls.reduce((sum, call) => sum + (call.source === "live" ? call.costUsd ?? 0 : 0), 0);
      progress.step(done, total, { failed: score.category !== "correct", usd });
    }
  };
  let evaluation: Evaluation;
  try {
    evaluation = await evaluate(task, {
      ...selectionOf(flags),
      signal: interruption.signal,
      onEvent,
      ...(mode && { mode }),
      ...(flags.baseline !== undefined && { baseline: flags.baseline }),
      ...(flags.resume !== undefined && { resume: flags.resume }),
      ...(flags.concurrency !== undefined && { concurrency: integer(flags.concurrency, "--concurrency") }),
      ...(flags.budgetUsd !== undefined && { budgetUsd: dollars(flags.budgetUsd) }),
      codeCommit: codeCommit(),
    });
  } catch (error) {
    progress.end();
    const code = interruption.code();
    if (code !== undefined && runId === undefined) return code; // interrupted before the run began
    if (!(error instanceof InputError) || runId === undefined) throw error;
    console.error(`error: ${error.message}`); // e.g. a full disk: what was written before is intact
    console.error(`Go on with: ${resumeCommand(name, flags, { status: "interrupted", id: runId })}`);
    return EXIT.input;
  }
  progress.end();
  const gate = flags.gate === undefined
    ? undefined
    : accuracyGate(evaluation.summary.cells, share(flags.gate));
  const baseline = flags.baseline === undefined
    ? undefined
    : await againstBaseline(evaluation.folder, flags.baseline);
  const exitCode = exitCodeOf(evaluation, gate, interruption.code());
  if (text) printText(evaluation, { gate, baseline });
  else {console.log(
      JSON.stringify(
        { exitCode, ...evaluation, ...(gate && { gate }), ...(baseline && { baseline }) },
        null,
        2,
      ),
    );}
  for (const { endpoint, model, fault } of evaluation.stopped) {
    console.error(
      `error: endpoint ${endpoint} refused ${model} for good: ${
        plain(fault.message)
      }; its cells were stopped`,
    );
  }
  if (evaluation.status !== "complete") {
    const { status, summary: { manifest: { id } } } = evaluation;
    console.error(`Go on with: ${resumeCommand(name, flags, { status, id })}`);
  }
  return exitCode;
}

/** The command that goes on with a run, under the limits and with the output of this one; a budget that is used up is doubled. */
function resumeCommand(
  task: string,
  flags: Flags,
  { status, id }: { status: RunStatus; id: string },
): string {
  const { concurrency, budgetUsd, baseline, gate, format } = flags;
  const mode = flags.resume === undefined ? undefined : modeOf(flags); // else the run itself keeps it
  const budget = status === "budget" ? String(2 * Number(budgetUsd)) : budgetUsd;
  const words = [
    task,
    "--resume",
    id,
    ...(mode === undefined ? [] : [`--${mode}`]),
    ...(concurrency === undefined ? [] : ["--concurrency", concurrency]),
    ...(budget === undefined ? [] : ["--budget-usd", budget]),
    ...(baseline === undefined ? [] : ["--baseline", baseline]),
    ...(gate === undefined ? [] : ["--gate", gate]),
    ...(format === "text" ? [] : ["--format", format]),
  ];
  const quoted = words.map((word) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
  );
  return `deno task eval ${quoted.join(" ")}`;
}

function headerOf(
  { manifest, mode, plan, found, resumed, recordedOn, folder }: Extract<RunEvent, { type: "planned" }>,
): string {
  const { cells, cases, repeats, seed } = plan;
  const total = cells.length * cases.length * repeats;
  const from = recordedOn.length > 0 ? ` (recordings of ${recordedOn.join(", ")})` : "";
  const asked = [...found.byModel].map(([model, count]) =>
    `${model}: at least ${formatCount(count)} requests`
  ).join("; ");
  const price = found.atMostUsd === null
    ? "price unknown"
    : `about ${formatUsd(found.atMostUsd)} or less without corrections`;
  const first = found.missing === 0
    ? `Replaying ${formatCount(found.stored)} real recorded or cached replies of ${
      new Set(cells.map((cell) => cell.model.name)).size
    } models${from}; no request is sent.`
    : `Calling live for ${formatCount(found.missing)} of ${
      formatCount(found.missing + found.stored)
    } cases: ${asked}; ${price}.`;
  const models = [...new Map(cells.map(({ model }) => [model.name, model])).values()].map((model) =>
    `  ${model.name}: endpoint ${
      model.endpoint.baseUrl ?? model.endpoint.id
    }, asked by ${model.structure}, temperature ${model.sampling.temperature}, price ${
      model.price ? `${model.price.source} (${model.price.asOf})` : "unknown"
    }`
  );
  return [
    first,
    `Task ${manifest.task}: ${formatCount(cells.length)} cells x ${
      formatCount(cases.length)
    } cases x ${repeats} repeats = ${formatCount(total)}; seed ${seed}; mode ${mode}.`,
    ...models,
    `Run ${manifest.id}, kept in ${folder}${resumed > 0 ? `; ${formatCount(resumed)} done before` : ""}`,
    "",
  ].join("\n");
}

function printText(
  evaluation: Evaluation,
  extra: { gate?: GateResult[] | undefined; baseline?: BaselineChange[] | undefined },
): void {
  const { summary, status, spentUsd } = evaluation;
  console.log(matrixTable(summary));
  console.log(`\n${MATRIX_LEGEND.join("\n")}`);
  for (const { cell, baseline, pairs, newlyRight, newlyWrong } of extra.baseline ?? []) {
    console.log(
      `against ${baseline}: ${cell} has ${newlyRight} newly right and ${newlyWrong} newly wrong of ${pairs} pairs`,
    );
  }
  for (const { cell, verdict } of extra.gate ?? []) console.log(`gate ${verdict}: ${cell}`);
  const observed = summary.cells.reduce((sum, cell) => sum + cell.observed, 0);
  const total = summary.manifest.cells.length * summary.manifest.cases * summary.manifest.repeats;
  const { id } = summary.manifest;
  const spent = spentUsd > 0 ? `; spent ${formatUsd(spentUsd)}` : "";
  console.log(
    `\n${status}: ${formatCount(observed)} of ${formatCount(total)} observations; run ${id}${spent}`,
  );
}

function exitCodeOf(
  { status, stopped, summary }: Evaluation,
  gate: GateResult[] | undefined,
  interrupted: number | undefined,
): number {
  if (interrupted !== undefined && status === "interrupted") return interrupted;
  if (status === "budget") return EXIT.budget;
  const broken = summary.cells.find(({ categories, observed }) =>
    INFRASTRUCTURE.reduce((sum, category) => sum + categories[category], 0) > ERROR_BUDGET * observed
  );
  if (broken) {
    console.error(
      `error: more than ${
        formatPercent(ERROR_BUDGET)
      } of ${broken.id} failed by infrastructure, not by the model`,
    );
  }
  if (stopped.length > 0 || broken) return EXIT.infrastructure;
  return gate?.some(({ verdict }) => verdict !== "pass") ? EXIT.gate : EXIT.done;
}

function checkFlags(flags: Flags): void {
  if (program.args.length > 1) {
    throw new InputError("Too many arguments", { found: program.args.join(" "), expected: "one task" });
  }
  if (!["text", "json"].includes(flags.format)) {
    throw new InputError("Unknown format", {
      where: "--format",
      found: flags.format,
      expected: "text or json",
    });
  }
  if (flags.engine !== "local") {
    throw new InputError("Unknown engine", { where: "--engine", found: flags.engine, expected: "local" });
  }
  const modes = [flags.live, flags.replay, flags.record].filter(Boolean);
  if (modes.length > 1) {
    throw new InputError("Choose one of --live, --replay, --record", { found: `${modes.length} of them` });
  }
  if (flags.case !== undefined && !flags.showPrompt) {
    throw new InputError("--case goes with --show-prompt", { where: "--case" });
  }
  if (flags.gate !== undefined) share(flags.gate);
  const fixed = ["variants", "models", "prompts", "repeats", "limit", "split", "seed"].filter((flag) =>
    flag in flags
  );
  if (flags.resume !== undefined && fixed.length > 0) {
    throw new InputError("A resumed run keeps its own selection", {
      found: fixed.map((flag) => `--${flag}`).join(", "),
      fix: "leave them out, or start a new run",
    });
  }
}

function selectionOf(flags: Flags): Selection {
  return {
    ...(flags.variants && { variants: flags.variants }),
    ...(flags.models && { models: flags.models }),
    ...(flags.prompts && { prompts: flags.prompts }),
    ...(flags.split !== undefined && { split: flags.split as Split }),
    ...(flags.repeats !== undefined && { repeats: integer(flags.repeats, "--repeats") }),
    ...(flags.limit !== undefined && { limit: integer(flags.limit, "--limit") }),
    ...(flags.seed !== undefined && { seed: integer(flags.seed, "--seed", 0) }),
  };
}

function modeOf({ live, replay, record }: Flags): Mode | undefined {
  return live ? "live" : replay ? "replay" : record ? "record" : undefined;
}

function integer(text: string, flag: string, least = 1): number {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text)) && Number(text) >= least) return Number(text);
  throw new InputError(`Bad value of ${flag}`, {
    where: flag,
    found: JSON.stringify(text),
    expected: `an integer from ${least}`,
  });
}

function dollars(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value > 0 && value < Infinity) return value;
  throw new InputError("Bad value of --budget-usd", {
    where: "--budget-usd",
    found: JSON.stringify(text),
    expected: "a number of US dollars above 0",
  });
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 1) return value;
  throw new InputError("Bad value of --gate", {
    where: "--gate",
    found: JSON.stringify(text),
    expected: "a number from 0 to 1",
  });
}

async function defaultTask(): Promise<string> {
  const known = await listTasks();
  const [first] = known;
  if (known.includes("ticket_triage")) return "ticket_triage";
  if (first !== undefined && known.length === 1) return first;
  throw new InputError("Which task?", {
    expected: `one of: ${known.join(", ")}`,
    fix: "deno task eval TASK",
  });
}

function printCoverage(task: Task): number {
  console.log(JSON.stringify(coverageReport(task.dataset, task.experiment.signature), null, 2));
  return EXIT.done;
}

async function printPrompts(task: Task, flags: Flags): Promise<number> {
  const requests = await firstRequests(planRun(task, selectionOf(flags)), flags.case);
  if (flags.format === "json") {
    console.log(JSON.stringify(requests, null, 2));
    return EXIT.done;
  }
  for (const { cell, case: id, key, structure, sampling, messages, schema } of requests) {
    console.log(`=== ${cell}, case ${id}\nkey ${key}\nasked by ${structure}, ${JSON.stringify(sampling)}`);
    for (const { role, content } of messages) console.log(`--- ${role}\n${content}`);
    if (schema) console.log(`--- schema ${schema.name}\n${JSON.stringify(schema.schema, null, 2)}`);
    console.log("");
  }
  return EXIT.done;
}
