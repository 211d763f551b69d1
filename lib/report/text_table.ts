/** A column of a text table. */
export interface Column {
  title: string;
  /** @default {"left"} */
  align?: "left" | "right";
}

/** Columns and rows, before any layout. */
export interface Table {
  columns: readonly Column[];
  rows: readonly (readonly string[])[];
}

/**
 * Lays out rows as a plain text table with two spaces between columns; control characters are shown as `·`, so
 * that a value can never move the cursor.
 *
 * @example Usage
 * ```ts
 * import { textTable } from "@lib/report/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(textTable([{ title: "a" }, { title: "n", align: "right" }], [["x", "10"]]), "a   n\n-  --\nx  10");
 * ```
 */
export function textTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => columns.map((_, index) => plain(row[index] ?? "")));
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...clean.map((row) => (row[index] ?? "").length))
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, index) => {
      const width = widths[index] ?? 0;
      return columns[index]?.align === "right" ? cell.padStart(width) : cell.padEnd(width);
    }).join("  ").trimEnd();
  const rule = widths.map((width) => "-".repeat(width));
  return [line(columns.map(({ title }) => title)), line(rule), ...clean.map(line)].join("\n");
}

/** Text without control characters, those included that turn the direction of what follows. */
export function plain(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, "·");
}
