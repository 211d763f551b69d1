import { Command } from "commander";
import { relative, resolve } from "node:path";
import { DATASETS, type Scaffold, scaffoldTask } from "../lib/experiment/mod.ts";
import { InputError } from "../lib/io/mod.ts";
import { formatCount, plain } from "../lib/report/mod.ts";
import type { Field } from "../lib/signature/mod.ts";
import { EXIT, list, runCommand } from "./_cli.ts";

interface Flags {
  from?: string;
  inputs?: string[];
  outputs?: string[];
  folder?: string;
}

const HELP = `
With --from, each row of the CSV becomes a case. Without --inputs and --outputs, the outputs are the columns named
expected…, label, answer, output, target, truth or gold, else the last column. With only one of the two flags, all
other columns have the other role. id, coverage, split, group, session, origin and note keep their own meaning unless
a flag names them. Types are inferred from the values: true/false, ISO days, numbers, labels that repeat, else text;
an output with empty cells may be null.

Examples:
  deno task init refund_share
  deno task init triage --from mails.csv
  deno task init triage --from mails.csv --inputs subject,body --outputs team,urgency

Exit codes: 0 done; 2 bad input, and nothing is left behind.`;

const program = new Command("deno task init")
  .description(
    "Make the folder of a new task: fields, a prompt, cases and a data sheet. Nothing is overwritten.",
  )
  .argument("<NAME>", "name of the task: letters, digits, _ and -")
  .option("--from <FILE>", "CSV whose rows become the cases (default: a tiny example)")
  .option("--inputs <COLUMNS>", "with --from: columns that a model sees, comma separated", list)
  .option("--outputs <COLUMNS>", "with --from: columns that it must give", list)
  .option("--folder <DIR>", "folder of tasks (default: datasets/)")
  .addHelpText("after", HELP);

await runCommand(program, async () => {
  const flags = program.opts<Flags>();
  const [name = "", ...more] = program.args;
  if (more.length > 0) {
    throw new InputError("Too many arguments", { found: program.args.join(" "), expected: "one name" });
  }
  if (flags.from === undefined && (flags.inputs || flags.outputs)) {
    throw new InputError("--inputs and --outputs go with --from", { fix: "add --from data.csv" });
  }
  const { folder, ...options } = flags;
  const made = await scaffoldTask(name, { ...options, ...(folder !== undefined && { root: folder }) });
  console.log(report(made, flags).join("\n"));
  return EXIT.done;
});

function report({ folder, task, table }: Scaffold, { from }: Flags): string[] {
  const { signature, models } = task.experiment;
  const cases = formatCount(task.dataset.cases.length);
  const shown = relative(Deno.cwd(), folder);
  const name = resolve(folder, "..") === DATASETS ? task.experiment.name : quoted(folder);
  return [
    `Made ${shown.startsWith("..") ? folder : shown} with ${cases} cases from ${from ?? "the example"}.`,
    ...(from === undefined ? [] : [`rule:     ${table.rule}`]),
    ...signature.input.map((field) => `input:    ${describe(field)}`),
    ...signature.output.map((field) => `output:   ${describe(field)}, compared by ${field.compare.by}`),
    `ids:      ${table.id === undefined ? "numbered" : `column ${JSON.stringify(table.id)}`}`,
    ...(table.meta.length > 0 ? [`kept:     ${table.meta.join(", ")}`] : []),
    ...(table.leftOut.length > 0 ? [`left out: ${plain(table.leftOut.join(", "))}`] : []),
    ...table.notes.map((note) => `note:     ${plain(note)}`),
    "",
    "Try next:",
    `  deno task eval ${name} --show-prompt`,
    `  deno task model ${models[0]?.model}`,
    `  deno task eval ${name} --live`,
  ];
}

function describe({ name, type, groundedIn }: Field): string {
  const short = type.length > 80 ? `${type.slice(0, 80)} …` : type;
  return plain(`${name} (${short}${groundedIn === undefined ? "" : `, must occur in ${groundedIn}`})`);
}

function quoted(path: string): string {
  return /^[\w./\\:-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
