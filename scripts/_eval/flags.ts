import { Command } from "commander";
import { list } from "../_cli.ts";

/** Flags of `deno task eval`, as typed. */
export interface Flags {
  variants?: string[];
  models?: string[];
  prompts?: string[];
  repeats?: string;
  limit?: string;
  split?: string;
  keepFailures?: boolean;
  examples?: boolean;
  spread?: boolean;
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
  fields?: true;
  calls?: true;
}

const EXAMPLES = `
Examples:
  deno task eval                                      the shipped task, from its recordings
  deno task eval ticket_triage --variants cot --models qwen2.5-coder-1.5b --limit 20
  deno task eval --models openai:gpt-4o-mini --budget-usd 1
  deno task eval --models http://localhost:11434/v1#llama3.2 --live
  deno task eval --show-prompt --case t045            the exact messages and schema, no call
  deno task eval --resume                             go on with the latest run of the task
  deno task eval --gate 0.8 --format json             for CI: exit 1 unless every cell is surely above 80%

Exit codes: 0 done; 1 gate not passed; 2 bad input or nothing to run; 3 an endpoint refused or more than 10% of a
cell failed by infrastructure; 4 budget reached; 130/143 interrupted, with the command that goes on.`;

/** The command line of `deno task eval`. */
export const program = new Command("deno task eval")
  .description(
    "Run a task's matrix of variants, prompts and models over its dataset, and print what it measured.",
  )
  .argument("[task]", "folder below datasets/, or a path (default: ticket_triage, or the only one)")
  .option("--variants <NAMES>", "only these, comma separated", list)
  .option("--models <NAMES>", "of the task, or any local:NAME, openai:NAME, BASE_URL#NAME", list)
  .option("--prompts <NAMES>", "only these prompt versions", list)
  .option("--repeats <N>", "independent samples of every case")
  .option("--limit <N>", "only the first N cases")
  .option("--split <NAME>", "only the cases of train, dev or test, or all")
  .option("--concurrency <N>", "requests in flight per endpoint")
  .option("--budget-usd <USD>", "begin no case once live calls have cost this much")
  .option("--seed <N>", "seed of sampling (default: 1)")
  .option("--resume [RUN]", "go on with a run, or with the latest one of the task")
  .option("--live", "take nothing from cache or recordings")
  .option("--replay", "call nothing")
  .option("--record", "call what is not recorded, and keep the replies in the task's recordings/")
  .option("--baseline <NAME>", "count newly right and newly wrong cases against this variant or cell")
  .option("--gate <SHARE>", "exit 1 unless the accuracy interval of every cell is above this, 0 to 1")
  .option("--fields", "a second table: accuracy of every output field")
  .option(
    "--calls",
    "a table of the named calls of workflows: accuracy, first wrong call, agreement, cost, time",
  )
  .option(
    "--keep-failures",
    "keep wrong outputs of train and dev cases in the task's failures.jsonl, to learn from",
  )
  .option("--examples", "a table of the solved cases that were shown: uses, errors, which are stale")
  .option("--spread", "a table of the numbers that were sampled: agreement, units, modes, spread")
  .option("--engine <NAME>", "where the work is done: local", "local")
  .option("--format <NAME>", "text or json", "text")
  .option("--show-prompt", "print the exact messages and schema of each cell, without a call")
  .option("--case <ID>", "the case of --show-prompt (default: the first)")
  .option("--coverage", "print what the dataset covers, without a call")
  .addHelpText("after", EXAMPLES);
