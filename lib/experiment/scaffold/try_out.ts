import { join } from "node:path";
import { atomicWrite, type CsvTable, InputError, parseCsv } from "../../io/mod.ts";
import { loadTask, type Task } from "../load_task.ts";

/** The table that cases were made from. */
export interface CaseSource {
  /** Name of its file. */
  path: string;
  table: CsvTable;
}

/**
 * Loads a task from a temporary folder, as `eval` would.
 *
 * @param files Content by path; `cases.csv` has the rows of the source in their order.
 * @throws InputError with the source's name and lines for faults of the cases.
 */
export async function tryOut(files: Readonly<Record<string, string>>, source: CaseSource): Promise<Task> {
  const temporary = await Deno.makeTempDir({ prefix: "assay-init-" });
  try {
    await writeFiles(files, temporary);
    return await loadTask(temporary);
  } catch (error) {
    throw error instanceof InputError ? relocate(error, files["cases.csv"] ?? "", source) : error;
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
}

function relocate(error: InputError, csv: string, source: CaseSource): InputError {
  const { where, found, ...rest } = error.details;
  const made = parseCsv(csv, "").rows;
  const lineOf = (line: string) => {
    const index = made.findIndex((row) => row.line === Number(line));
    return source.table.rows[index]?.line ?? line;
  };
  const [what = ""] = error.message.split("\n");
  return new InputError(what, {
    ...rest,
    ...(where !== undefined && {
      where: where.replace(/^.*cases\.csv/, () => source.path)
        .replace(/, line (\d+)/, (_, line) => `, line ${lineOf(line)}`),
    }),
    ...(found !== undefined && {
      found: found.replace(/ on line (\d+)$/, (_, line) => ` on line ${lineOf(line)}`),
    }),
    cause: error,
  });
}

/** Writes files below a folder; folders are made when missing. */
export async function writeFiles(files: Readonly<Record<string, string>>, folder: string): Promise<void> {
  for (const [path, text] of Object.entries(files)) await atomicWrite(join(folder, path), text);
}
