import { stringify } from "csv-stringify/sync";
import type { CsvTable } from "../io/mod.ts";
import { type InferredTable, inputCell, outputCell } from "./infer_fields.ts";

/**
 * The rows of a table as the `cases.csv` of a task: ids (made when the table has none: c001, c002, …), inputs,
 * outputs, then the columns that every dataset may have. Outer spaces of cells stay in inputs only.
 *
 * @example Usage
 * ```ts
 * import { casesCsv, inferFields } from "@lib/dataset/mod.ts";
 * import { parseCsv } from "@lib/io/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const table = parseCsv("Mail,label\nhi,low\n", "mails.csv");
 * assert.equal(casesCsv(table, inferFields(table, "mails.csv")), "id,Mail,label\nc001,hi,low\n");
 * ```
 */
export function casesCsv(table: CsvTable, { id, inputs, outputs, meta }: InferredTable): string {
  const columns = ["id", ...[...inputs, ...outputs].map(({ name }) => name), ...meta];
  const width = Math.max(3, String(table.rows.length).length);
  const rows = table.rows.map(({ cells }, index) => [
    id === undefined ? `c${String(index + 1).padStart(width, "0")}` : outputCell(cells[id]),
    ...inputs.map(({ column }) => inputCell(cells[column])),
    ...[...outputs.map(({ column }) => column), ...meta].map((column) => outputCell(cells[column])),
  ]);
  return stringify([columns, ...rows], { quoted_match: /[\r\n]/ });
}
