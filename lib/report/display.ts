import type { RunSummary } from "../experiment/mod.ts";
import type { Chart } from "./charts/chart.ts";
import { FIELD_LEGEND, fieldRows } from "./field_table.ts";
import { htmlTable } from "./html_table.ts";
import { MATRIX_LEGEND, matrixRows } from "./matrix_table.ts";
import { type Table, textTable } from "./text_table.ts";

/** One output in several forms, by MIME type; the reader shows the richest that it knows. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** The method that Deno's kernel calls to show a value. */
export const JUPYTER_DISPLAY: unique symbol = Symbol.for("Jupyter.display");

/** What a notebook shows when it is the last expression of a cell. */
export interface Displayable {
  [JUPYTER_DISPLAY](): MimeBundle | Promise<MimeBundle>;
}

/**
 * A table as HTML and as text.
 *
 * @param notes Lines below the table.
 */
export function tableDisplay(table: Table, notes: readonly string[] = []): Displayable {
  const text = [textTable(table.columns, table.rows), ...(notes.length > 0 ? ["", ...notes] : [])].join("\n");
  return { [JUPYTER_DISPLAY]: () => ({ "text/html": htmlTable(table, notes), "text/plain": text }) };
}

/** The matrix of a run, the same that `deno task eval` prints. */
export function matrixDisplay(summary: RunSummary): Displayable {
  return tableDisplay(matrixRows(summary), MATRIX_LEGEND);
}

/** Accuracy of every output field in every cell of a run. */
export function fieldDisplay(summary: RunSummary): Displayable {
  return tableDisplay(fieldRows(summary), FIELD_LEGEND);
}

/**
 * A chart: live where Plotly is at hand, else a picture, else words. It holds no HTML, as scripts in it are
 * stripped by GitHub and not run in untrusted notebooks. What draws the picture is loaded only here.
 */
export function chartDisplay(chart: Chart): Displayable {
  return {
    async [JUPYTER_DISPLAY]() {
      const { staticSvg } = await import("./charts/static_svg.ts");
      const { data, layout, text } = chart;
      return {
        "application/vnd.plotly.v1+json": { data, layout },
        "image/svg+xml": await staticSvg(chart),
        "text/plain": text,
      };
    },
  };
}
