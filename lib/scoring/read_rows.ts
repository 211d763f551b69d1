import { InputError, readJsonl, suggest } from "../io/mod.ts";
import type { CompareOptions } from "../signature/mod.ts";
import type { OutputRow } from "./output_row.ts";
import { holdsInfinity } from "./score_output.ts";

/** Options of {@linkcode readRows}. */
export interface ReadRowsOptions {
  /** How outputs will be compared with the file's own `expected`, which each row must then have. */
  compare?: CompareOptions;
  /** Name of the file in errors. @default {the path} */
  name?: string;
}

/**
 * Reads outputs made elsewhere: JSONL with one `{ id, output, expected?, sample? }` a line. Other keys are
 * allowed and not read. Several rows may share an id when each has a `sample` of its own.
 *
 * @throws InputError with file, line and field: unreadable or empty file, a line that is no JSON object, a
 * missing `id` or `output` (null is a value, an absent key is none), a missing `expected` where it is needed, a truth
 * that the comparator cannot read, a repeated id without `sample`.
 * @example Usage
 * ```ts
 * import { readRows } from "@lib/scoring/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(path, '{"id": "q1", "output": "Paris"}\n');
 * assert.deepEqual(await readRows(path), [{ id: "q1", line: 1, output: "Paris" }]);
 * await Deno.remove(path);
 * ```
 */
export async function readRows(path: string, options: ReadRowsOptions = {}): Promise<OutputRow[]> {
  const { compare, name = path } = options;
  const rows: OutputRow[] = [];
  const seen = new Map<string, Map<string | undefined, number>>();
  try {
    for await (const { line, value } of readJsonl(path)) {
      const row = readRow(value, line, name);
      if (compare) checkTruth(row, value as Record<string, unknown>, compare, name);
      checkRepeat(row, seen, name);
      rows.push(row);
    }
  } catch (cause) {
    throw rename(cause, path, name);
  }
  if (rows.length === 0) {
    throw new InputError("The file has no row", {
      where: name,
      found: "no line with text",
      expected: ROW,
      fix: "write one output a line",
    });
  }
  return rows;
}

const ROW = 'one JSON object a line: {"id": …, "output": …}';

function readRow(value: unknown, line: number, name: string): OutputRow {
  const where = `${name}, line ${line}`;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new InputError("A row is not an object", {
      where,
      found: shown(value),
      expected: ROW,
      fix: "write one output a line",
    });
  }
  const row = value as Record<string, unknown>;
  const id = label(demand(row, "id", where), "id", where);
  const output = demand(row, "output", where);
  return {
    id,
    line,
    output,
    ...(has(row, "sample") && { sample: label(row.sample, "sample", where) }),
    ...(has(row, "expected") && { expected: row.expected }),
  };
}

function label(value: unknown, field: string, where: string): string {
  if (typeof value === "string" && value !== "" || Number.isSafeInteger(value)) return String(value);
  throw new InputError(`Bad ${field}`, {
    where: `${where}, field ${field}`,
    found: shown(value),
    expected: "a text that is not empty, or a whole number",
    fix: `give the row the ${field} it was made with`,
  });
}

function demand(row: Record<string, unknown>, field: string, where: string): unknown {
  if (has(row, field)) return row[field];
  const near = suggest(field, Object.keys(row));
  throw new InputError(`A row has no ${field}`, {
    where: `${where}, field ${field}`,
    found: `the keys ${shown(Object.keys(row))}`,
    expected: field === "id" ? ROW : `"${field}" in every row; null is a value, a missing key is none`,
    fix: near
      ? `rename ${shown(near)} to "${field}"`
      : field === "expected"
      ? "add it, or score against a task: --task NAME"
      : `add "${field}"`,
  });
}

function checkTruth(
  { line, expected }: OutputRow,
  row: Record<string, unknown>,
  { by }: CompareOptions,
  name: string,
): void {
  const where = `${name}, line ${line}`;
  demand(row, "expected", where);
  const fits = !holdsInfinity(expected) &&
    (by === "exact" || typeof expected === "string" || typeof expected === "number" || expected === null ||
      by !== "number" && typeof expected === "boolean");
  if (fits) return;
  throw new InputError(`A truth cannot be compared by ${by}`, {
    where: `${where}, field expected`,
    found: holdsInfinity(expected) ? "a number that is too large" : shown(expected),
    expected: by === "exact" ? "JSON with numbers of a usual size" : `a text, a number or null`,
    fix: by === "exact" ? "correct the value" : "compare lists, objects and booleans with --by exact",
  });
}

function checkRepeat(
  { id, line, sample }: OutputRow,
  seen: Map<string, Map<string | undefined, number>>,
  name: string,
): void {
  const samples = seen.get(id) ?? new Map<string | undefined, number>();
  const plain = sample === undefined ? [...samples.values()][0] : samples.get(undefined);
  const twin = plain ?? samples.get(sample);
  if (twin !== undefined) {
    throw new InputError(`Duplicate id ${shown(id)}`, {
      where: `${name}, line ${line}, field id`,
      found: `the same id${sample === undefined ? "" : ` and sample ${shown(sample)}`} on line ${twin}`,
      expected: "one row an id, or a sample of its own in each row of that id",
      fix: 'remove one of them, or number repeated outputs: "sample": 1, "sample": 2',
    });
  }
  seen.set(id, samples.set(sample, line));
}

/** Errors of the reader below name the path; here they name the file as its user does. */
function rename(cause: unknown, path: string, name: string): unknown {
  if (!(cause instanceof InputError)) {
    if (!(cause instanceof Error && "code" in cause)) return cause; // only errors of the file system have a code
    return new InputError("Cannot read the file", {
      where: name,
      found: cause.message.replaceAll(path, name),
      expected: "a readable JSONL file, or - for standard input",
      fix: "check the path",
      cause,
    });
  }
  if (path === name || cause.details.where === undefined) return cause;
  const [what = ""] = cause.message.split("\n");
  const where = cause.details.where.replace(path, () => name);
  return new InputError(what, { ...cause.details, where, cause });
}

function has(row: object, field: string): boolean {
  return Object.hasOwn(row, field);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 120 ? `${text.slice(0, 120)} …` : text;
}
