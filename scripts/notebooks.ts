import { Command } from "commander";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { atomicWrite, InputError, type Venv } from "../lib/io/mod.ts";
import { EXIT, listenForInterruption, runCommand } from "./_cli.ts";
import { checkLayout, checkSyntax, checkTypesAndLint, formatted } from "./_notebooks/check_code.ts";
import { checkOutputs, checkSources } from "./_notebooks/check_structure.ts";
import { compareOutputs } from "./_notebooks/compare.ts";
import { execute } from "./_notebooks/execute.ts";
import { openJupyter } from "./_notebooks/jupyter.ts";
import { type Fault, faultText, type NotebookFile, readNotebook, sortedJson } from "./_notebooks/notebook.ts";

interface Flags {
  check?: true;
  write?: true;
  timeout: string;
}

const EXAMPLES = `
Examples:
  deno task notebooks                                     run all, compare with the outputs that they keep
  deno task notebooks notebooks/01_strategy_by_model.ipynb
  deno task notebooks --write                             run all, keep the new outputs; review them as a diff
  deno task notebooks --check                             types, lint, layout, structure; no kernel, no Python

Notebooks run in their own folder, in a fresh kernel, from top to bottom, with the real Jupyter (nbclient) in
.assay/venv, which the first run installs. Outputs must be the same on every run: no dates, durations or paths.

Exit codes: 0 all as kept; 1 a notebook fails, differs or breaks a rule; 2 bad input or no notebook.`;

const FOLDER = fileURLToPath(new URL("../notebooks", import.meta.url));

const program = new Command("deno task notebooks")
  .description("Run notebooks without a browser and compare their outputs, or check them without running.")
  .argument("[notebooks...]", "files (default: all of notebooks/)")
  .option("--check", "check code and structure only, without a kernel")
  .option("--write", "keep the outputs of this run in the files")
  .option("--timeout <SECONDS>", "time that a cell may take", "300")
  .addHelpText("after", EXAMPLES);

await runCommand(program, async () => {
  const flags = program.opts<Flags>();
  if (flags.check && flags.write) throw new InputError("Choose one of --check and --write");
  const timeoutSeconds = Number(flags.timeout);
  if (!Number.isSafeInteger(timeoutSeconds) || timeoutSeconds < 1) {
    throw new InputError("Bad value of --timeout", { found: flags.timeout, expected: "an integer from 1" });
  }
  const paths = program.args.length > 0 ? program.args : await allNotebooks();
  const files = await Promise.all(paths.map(readNotebook));
  return flags.check ? await check(files) : await run(files, { timeoutSeconds, write: flags.write === true });
});

async function allNotebooks(): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(FOLDER), ({ name }) => name);
  const found = names.filter((name) => name.endsWith(".ipynb")).sort();
  if (found.length === 0) throw new InputError("There is no notebook", { where: FOLDER });
  return found.map((name) => relative(Deno.cwd(), join(FOLDER, name)));
}

async function check(files: readonly NotebookFile[]): Promise<number> {
  const syntax = files.flatMap(checkSyntax);
  const broken = new Set(syntax.map(({ notebook }) => notebook));
  const sound = files.filter(({ name }) => !broken.has(name));
  const layouts = await Promise.all(sound.map(checkLayout));
  const faults = [
    ...syntax,
    ...files.flatMap((file) => [...checkSources(file), ...checkOutputs(file, file.notebook)]),
    ...layouts.flat(),
    ...(sound.length > 0 ? await checkTypesAndLint(sound) : []),
  ];
  for (const fault of faults) console.error(`error: ${faultText(fault)}`);
  if (faults.length === 0) console.log(`Checked ${files.map(({ name }) => name).join(", ")}`);
  return faults.length === 0 ? EXIT.done : EXIT.gate;
}

async function run(files: readonly NotebookFile[], options: { timeoutSeconds: number; write: boolean }) {
  const { signal, code } = listenForInterruption();
  let failed = 0;
  try {
    const venv = await openJupyter({ signal, onProgress: console.error });
    for (const file of files) {
      const { faults, outcome = "failed" } = await runOne(file, venv, { ...options, signal });
      failed += faults.length;
      for (const fault of faults) console.error(`error: ${faultText(fault)}`);
      console.log(`${file.name}: ${outcome}`);
    }
    return failed === 0 ? EXIT.done : EXIT.gate;
  } catch (error) {
    if (signal.aborted) return code() ?? EXIT.interrupted;
    throw error;
  }
}

async function runOne(
  file: NotebookFile,
  venv: Venv,
  { timeoutSeconds, write, signal }: { timeoutSeconds: number; write: boolean; signal: AbortSignal },
): Promise<{ faults: Fault[]; outcome?: string }> {
  const unsound = [...checkSources(file), ...checkSyntax(file)];
  if (unsound.length > 0) return { faults: unsound };
  const { notebook, faults } = await execute(file, venv, { timeoutSeconds, signal });
  if (faults.length > 0) return { faults };
  const text = await formatted(sortedJson(notebook) + "\n");
  const unfit = checkOutputs({ name: file.name, text }, notebook);
  if (unfit.length > 0) return { faults: unfit };
  const different = write ? [] : compareOutputs(file, notebook);
  if (different.length > 0) return { faults: different };
  if (!write || text === file.text) return { faults, outcome: "outputs as kept" };
  await atomicWrite(file.path, text);
  return { faults, outcome: "written" };
}
