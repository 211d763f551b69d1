import { Command } from "commander";
import { type Case, type Split, SPLITS } from "../lib/dataset/mod.ts";
import { loadTask } from "../lib/experiment/mod.ts";
import { InputError, suggest } from "../lib/io/mod.ts";
import {
  type OutputRow,
  readRows,
  type RowsScore,
  scoreRows,
  scoreTaskRows,
  type TaskRowsScore,
} from "../lib/scoring/mod.ts";
import type { CompareOptions } from "../lib/signature/mod.ts";
import { EXIT, runCommand } from "./_cli.ts";
import { rowCount, type Scored, scoreText } from "./_score_text.ts";

interface Flags {
  by?: string;
  abs?: string;
  rel?: string;
  task?: string;
  split?: string;
  gate?: string;
  format: string;
}

const HELP = `
FILE is JSONL, - is standard input. A row: {"id": "q1", "output": "1,200", "expected": 1200}
Several rows of one id are repeats when each has a "sample" of its own. Other keys are not read.

Examples:
  deno task score outputs.jsonl --by exact            the same JSON value; lists and objects too
  deno task score outputs.jsonl --by text             case, spaces and sentence marks do not matter
  deno task score outputs.jsonl --by number --abs 0.5 within 0.5 of the truth; 1,200 is 1200, -5 is not 5
  deno task score outputs.jsonl --task ticket_triage  "output" is the object of output fields, or a raw reply
  deno task score - --task ticket_triage --split test --gate 0.8 --format json < outputs.jsonl

A field that a judge decides about is checked by the task's rules alone, as no model is called: what is left is
a judge_error, neither right nor wrong.

Exit codes: 0 done; 1 gate not passed; 2 bad input; 3 more than 10 % of the rows need a judge.`;

/** Share of rows without a verdict above which the rate says nothing. */
const JUDGE_ERROR_BUDGET = 0.1;

const program = new Command("deno task score")
  .description("Score outputs made elsewhere against a task's truth or the file's own. No model is called.")
  .argument("<FILE>", "JSONL with {id, output, expected?, sample?}, or - for standard input")
  .option("--by <NAME>", "compare with the file's own expected: exact, text or number")
  .option("--abs <N>", "with --by number: largest difference that counts as the same (default: 0)")
  .option("--rel <N>", "the same as a share of the expected number (default: rounding only)")
  .option("--task <NAME>", "compare with the truth of a task's cases, by id")
  .option("--split <NAME>", "with --task: only the cases of train, dev or test")
  .option(
    "--gate <SHARE>",
    "exit 1 unless the interval is above this, 0 to 1; a missing case counts as wrong",
  )
  .option("--format <NAME>", "text or json", "text")
  .addHelpText("after", HELP);

await runCommand(program, async () => {
  const flags = program.opts<Flags>();
  const [file, ...more] = program.args;
  if (file === undefined || more.length > 0) {
    throw new InputError("Too many arguments", { found: program.args.join(" "), expected: "one file" });
  }
  const compare = checkFlags(flags);
  const scored = compare ? await scoreOwn(file, compare) : await scoreTask(file, flags);
  if (flags.gate !== undefined) scored.gate = gateOf(scored.score, fraction(flags.gate, "--gate"));
  const exitCode = exitCodeOf(scored);
  if (flags.format === "json") printJson(file, scored, exitCode);
  else console.log(scoreText(scored));
  return exitCode;
});

async function scoreOwn(file: string, compare: CompareOptions): Promise<Scored> {
  const score = scoreRows(await read(file, compare), compare);
  return { score, truth: `the file's own expected, by ${compare.by}`, notes: [] };
}

async function scoreTask(file: string, { task: name = "", split }: Flags): Promise<Scored> {
  const { experiment, dataset } = await loadTask(name);
  const rows = await read(file);
  const all = new Map(dataset.cases.map((entry) => [entry.id, entry]));
  const cases = dataset.cases.filter((entry) => split === undefined || entry.split === split);
  const isOther = (id: string) => all.has(id) && split !== undefined && all.get(id)?.split !== split;
  const used = rows.filter(({ id }) => !isOther(id));
  const other = rows.length - used.length;
  if (!used.some(({ id }) => all.has(id))) throw nothingToScore(file, rows, cases, experiment.name);
  const { signature, checks } = experiment;
  const score = scoreTaskRows(used, { signature, cases, checks });
  const unjudged = score.categories.judge_error;
  const owned = used.filter(({ expected }) => expected !== undefined).length;
  return {
    score,
    truth: `task ${experiment.name}${split === undefined ? "" : `, split ${split}`}`,
    notes: [
      ...(unjudged > 0
        ? [`${rowCount(unjudged)} not judged, neither right nor wrong: ask the judge with eval`]
        : []),
      ...(other > 0 ? [`${rowCount(other)} of other splits: left out`] : []),
      ...(owned > 0 ? [`expected of ${rowCount(owned)}: not used, the task has the truth`] : []),
    ],
  };
}

async function read(file: string, compare?: CompareOptions): Promise<OutputRow[]> {
  const options = compare ? { compare } : {};
  if (file !== "-") return await readRows(file, options);
  const copy = await Deno.makeTempFile({ suffix: ".jsonl" });
  try {
    await Deno.writeFile(copy, Deno.stdin.readable);
    return await readRows(copy, { ...options, name: "standard input" });
  } finally {
    await Deno.remove(copy);
  }
}

function exitCodeOf({ score: { categories, total }, gate }: Scored): number {
  if (categories.judge_error > JUDGE_ERROR_BUDGET * total) return EXIT.infrastructure;
  return gate === undefined || gate === "pass" ? EXIT.done : EXIT.gate;
}

function gateOf(score: RowsScore | TaskRowsScore, bar: number): "pass" | "fail" | "inconclusive" {
  const [low, high] = ("missingAsWrong" in score ? score.missingAsWrong : score).interval;
  return low >= bar ? "pass" : high < bar ? "fail" : "inconclusive";
}

function printJson(file: string, { score, truth, notes, gate }: Scored, exitCode: number): void {
  const { total, correct, rate, interval, categories, ...rest } = score;
  console.log(JSON.stringify(
    {
      exitCode,
      file,
      truth,
      ...{ total, correct, rate, interval, categories },
      ...(gate && { gate }),
      notes,
      ...rest,
    },
    null,
    2,
  ));
}

/** Checks the flags; returns the comparator of `--by`. */
function checkFlags(flags: Flags): CompareOptions | undefined {
  const { by, task, split, format } = flags;
  if ((by === undefined) === (task === undefined)) {
    throw new InputError("Against what truth?", {
      where: "--by, --task",
      found: by === undefined ? "neither" : "both",
      expected: "--by exact|text|number for the file's own expected, or --task NAME for a task's",
      fix: "give one of them",
    });
  }
  if (!["text", "json"].includes(format)) throw unknown("--format", format, ["text", "json"]);
  if (flags.gate !== undefined) fraction(flags.gate, "--gate");
  if (split !== undefined && task === undefined) {
    throw new InputError("--split goes with --task", { where: "--split" });
  }
  if (split !== undefined && !SPLITS.includes(split as Split)) throw unknown("--split", split, SPLITS);
  if (by !== "number" && (flags.abs !== undefined || flags.rel !== undefined)) {
    throw new InputError("A tolerance goes with --by number", { where: "--abs, --rel" });
  }
  if (by === undefined) return undefined;
  if (by === "exact" || by === "text") return { by };
  if (by !== "number") throw unknown("--by", by, ["exact", "text", "number"]);
  return {
    by,
    ...(flags.abs !== undefined && { abs: tolerance(flags.abs, "--abs") }),
    ...(flags.rel !== undefined && { rel: tolerance(flags.rel, "--rel") }),
  };
}

function tolerance(text: string, flag: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && Number.isFinite(value)) return value;
  throw new InputError(`Bad value of ${flag}`, { where: flag, found: text, expected: "a number from 0" });
}

function fraction(text: string, flag: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 1) return value;
  throw new InputError(`Bad value of ${flag}`, {
    where: flag,
    found: text,
    expected: "a number from 0 to 1",
  });
}

function unknown(flag: string, found: string, known: readonly string[]): InputError {
  const near = suggest(found, known);
  return new InputError(`Unknown value of ${flag}`, {
    where: flag,
    found,
    expected: known.join(", "),
    ...(near && { fix: `did you mean ${near}?` }),
  });
}

function nothingToScore(
  file: string,
  rows: readonly OutputRow[],
  cases: readonly Case[],
  task: string,
): InputError {
  const shown = (ids: readonly string[]) => JSON.stringify(ids.slice(0, 3)).slice(0, 120);
  return new InputError("No row of the file has a case of the task", {
    where: `${file === "-" ? "standard input" : file}, field id`,
    found: `ids ${shown(rows.map(({ id }) => id))}`,
    expected: `ids of ${task} such as ${shown(cases.map(({ id }) => id))}`,
    fix: "give each row the id of the case it answers, or choose another task or split",
  });
}
