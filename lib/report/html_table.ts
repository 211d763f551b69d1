import { plain, type Table } from "./text_table.ts";

/**
 * A table as HTML without scripts, classes or colours of its own, so that it follows a light or a dark page.
 * Every text is escaped.
 *
 * @param notes Lines below the table.
 * @example Usage
 * ```ts
 * import { htmlTable } from "@lib/report/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert(htmlTable({ columns: [{ title: "a" }], rows: [["<b>"]] }).includes("&lt;b&gt;"));
 * ```
 */
export function htmlTable({ columns, rows }: Table, notes: readonly string[] = []): string {
  const style = (index: number) => `style="text-align:${columns[index]?.align ?? "left"}"`;
  const head = columns.map(({ title }, index) => `<th scope="col" ${style(index)}>${escapeHtml(title)}</th>`);
  const body = rows.map((row) =>
    `<tr>${
      columns.map((_, index) => `<td ${style(index)}>${escapeHtml(row[index] ?? "")}</td>`).join("")
    }</tr>`
  );
  return [
    "<table>",
    `<thead><tr>${head.join("")}</tr></thead>`,
    "<tbody>",
    ...body,
    "</tbody>",
    "</table>",
    ...(notes.length > 0 ? [`<p><small>${notes.map(escapeHtml).join("<br>")}</small></p>`] : []),
  ].join("\n");
}

/** Text that stands for itself in HTML, in elements and in quoted attributes; control characters become `·`. */
export function escapeHtml(text: string): string {
  return plain(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;").replaceAll("'", "&#39;");
}
