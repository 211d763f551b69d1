import { Command } from "commander";
import { OPTIMIZERS } from "../../lib/optimize/mod.ts";

/** Flags of `deno task compile`, as typed. */
export interface Flags {
  variant?: string;
  optimizer: string;
  model?: string;
  prompt?: string;
  teacher?: string;
  reflection?: string;
  seed?: string;
  budgetUsd?: string;
  maxCalls?: string;
  live?: true;
  replay?: true;
  record?: true;
  out?: string;
  format: string;
}

const EXPLAINED = `
An optimizer learns from the cases of split train and chooses by those of split dev; test cases are never touched,
and no example tells of a dev or test case. What it finds goes into one JSON file, to be reviewed and committed, that
a variant of the task reads:

  few_shot: compiled(cot, artifactFile("./compiled/cot.bootstrap.qwen2.5-coder-0.5b.json", import.meta.url)),

Measure it with deno task eval on other cases (--split test): on a case that an example comes from it refuses to run.

The optimizer calls makes no file: it finds out which named call of a workflow is worth strengthening, at what price,
and prints the line of code for it.

Every reply is kept as it comes. The same command goes on after an interruption at no cost, and with the same seed it
makes the same file; a dataset with more cases, e.g. failures from production, makes a new one.

Examples:
  deno task compile ticket_triage --variant cot --model qwen2.5-coder-0.5b --prompt rules
  deno task compile refund_share --variant cot --model qwen2.5-coder-0.5b --optimizer search --max-calls 500
  deno task compile refund_share --variant workflow --model qwen2.5-coder-1.5b --optimizer calls
  deno task compile --variant predict --model openai:gpt-4o-mini --prompt rules --optimizer reflect --budget-usd 1

Exit codes: 0 done; 2 bad input; 3 too many cases failed by infrastructure; 4 a limit was reached (the best that was
measured is kept); 130/143 interrupted.`;

/** The command line of `deno task compile`. */
export const program = new Command("deno task compile")
  .description(
    "Improve a variant of a task on its train cases, and keep what was learnt as a file to review.",
  )
  .argument("[task]", "folder below datasets/, or a path (default: ticket_triage, or the only one)")
  .option("--variant <NAME>", "the variant to improve (default: the task's only one)")
  .option("--optimizer <NAME>", `one of: ${Object.keys(OPTIMIZERS).join(", ")}`, "bootstrap")
  .option("--model <NAME>", "of the task, or any local:NAME, openai:NAME, BASE_URL#NAME")
  .option("--prompt <NAME>", "prompt version of the variant (default: its only one)")
  .option("--teacher <NAME>", "model that answers the train cases (default: the model)")
  .option("--reflection <NAME>", "model that rewrites instructions (default: the model)")
  .option("--seed <N>", "seed of sampling and of every choice by chance (default: 1)")
  .option("--budget-usd <USD>", "begin no case once calls, stored ones included, have cost this much")
  .option("--max-calls <N>", "most requests, stored ones included")
  .option("--live", "take nothing from cache or recordings")
  .option("--replay", "call nothing")
  .option("--record", "call what is not recorded, and keep the replies in the task's recordings/")
  .option(
    "--out <FILE>",
    "the artifact (default: compiled/VARIANT.OPTIMIZER.MODEL.json in the task's folder)",
  )
  .option("--format <NAME>", "text or json", "text")
  .addHelpText("after", EXPLAINED);
