import { basename, join, resolve } from "node:path";
import { casesCsv, inferFields, type InferredTable, type RoleChoice } from "../../dataset/mod.ts";
import { InputError, parseCsv } from "../../io/mod.ts";
import { DATASETS, type Task } from "../load_task.ts";
import { dataSheet } from "./data_sheet.ts";
import { EXAMPLE_CSV, EXAMPLE_OUTPUTS } from "./example.ts";
import { formatCode } from "./format_code.ts";
import { promptText } from "./prompt_text.ts";
import { taskCode } from "./task_code.ts";
import { tryOut, writeFiles } from "./try_out.ts";

/** Options of {@linkcode scaffoldTask}. */
export interface ScaffoldOptions extends RoleChoice {
  /** CSV file whose rows become the cases. @default {a tiny example} */
  from?: string;
  /** Folder of tasks. @default {datasets/ of this project} */
  root?: string;
}

/** A task that was made. */
export interface Scaffold {
  /** Its folder. */
  folder: string;
  /** Its experiment and cases, loaded as `eval` loads them. */
  task: Task;
  /** What was inferred from the table. */
  table: InferredTable;
}

/**
 * Makes the folder of a new task: `task.ts`, `prompts/NAME.md`, `cases.csv`, `README.md`. All is written to
 * a temporary folder and loaded from there as `eval` would, so that a table with duplicates, contradictions or bad
 * ids is refused, by its own lines, before anything is left behind.
 *
 * @param name Name of the task and its folder: letters, digits, `_` and `-`, at most 60.
 * @throws InputError for a bad name, a folder that exists, and all that is wrong with the table.
 * @example Usage
 * ```ts
 * import { scaffoldTask } from "@lib/experiment/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const root = await Deno.makeTempDir();
 * const { task } = await scaffoldTask("refund_share", { root });
 * assert.equal(task.dataset.cases.length, 4);
 * await Deno.remove(root, { recursive: true });
 * ```
 */
export async function scaffoldTask(name: string, options: ScaffoldOptions = {}): Promise<Scaffold> {
  const { from, root = DATASETS, inputs, outputs } = options;
  const folder = join(resolve(root), checkName(name));
  await checkFree(folder);
  const source = from === undefined
    ? { path: "the example", table: parseCsv(EXAMPLE_CSV, "the example") }
    : { path: from, table: parseCsv(await readText(from), from) };
  const choice: RoleChoice = from === undefined
    ? { outputs: EXAMPLE_OUTPUTS }
    : { ...(inputs && { inputs }), ...(outputs && { outputs }) };
  const table = inferFields(source.table, source.path, choice);
  const parts = { name, ...table };
  const files: Record<string, string> = {
    "task.ts": await formatCode(taskCode(parts), "ts"),
    [join("prompts", `${name}.md`)]: await formatCode(promptText(parts), "md"),
    "cases.csv": casesCsv(source.table, table),
  };
  const task = await tryOut(files, source);
  const { signature } = task.experiment;
  files["README.md"] = await formatCode(
    dataSheet({
      name,
      table,
      fields: [...signature.input, ...signature.output],
      cases: task.dataset.cases.length,
      origin: from === undefined ? "an example that came with the tool" : `made from ${basename(from)}`,
    }),
    "md",
  );
  await place(files, folder);
  return { folder, task: { ...task, folder }, table };
}

/** The finished folder appears at once or not at all. */
async function place(files: Readonly<Record<string, string>>, folder: string): Promise<void> {
  const temporary = `${folder}.${crypto.randomUUID()}.tmp`;
  try {
    await writeFiles(files, temporary);
    await checkFree(folder);
    await Deno.rename(temporary, folder);
  } catch (error) {
    await Deno.remove(temporary, { recursive: true }).catch(() => undefined); // the first error is the one that matters
    throw error;
  }
}

function checkName(name: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$/.test(name)) return name;
  throw new InputError("Bad name of a task", {
    found: JSON.stringify(name),
    expected: "1 to 60 letters, digits, _ and -, the first a letter or digit",
    fix: "it becomes the name of a folder, of a signature and of a prompt",
  });
}

async function checkFree(folder: string): Promise<void> {
  if (!await Deno.lstat(folder).then(() => true, () => false)) return;
  throw new InputError("There is a file or folder of that name", {
    where: folder,
    fix: "choose another name, or remove it yourself",
  });
}

async function readText(path: string): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await Deno.readFile(path));
  } catch (cause) {
    throw new InputError("Cannot read the table", {
      where: path,
      found: cause instanceof TypeError
        ? "bytes that are not UTF-8"
        : cause instanceof Error
        ? cause.message
        : String(cause),
      expected: "a CSV file in UTF-8, with a header",
      cause,
    });
  }
}
