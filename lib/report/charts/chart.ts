import { plain } from "../text_table.ts";

/** A chart as plain data: a Plotly figure, and the same in words. */
export interface Chart {
  /** Traces, as `Plotly.newPlot` takes them. */
  data: readonly Readonly<Record<string, unknown>>[];
  /** Layout, as `Plotly.newPlot` takes it; its `width` and `height` are those of a static picture. */
  layout: Readonly<Record<string, unknown>> & { width: number; height: number };
  /** What the chart shows, for a terminal, a screen reader, and a reader without scripts. */
  text: string;
}

/** Colours that people with any common colour blindness tell apart (Okabe and Ito 2008), yellow last: weak on white. */
export const OKABE_ITO: readonly string[] = [
  "#0072B2",
  "#D55E00",
  "#009E73",
  "#CC79A7",
  "#E69F00",
  "#56B4E9",
  "#000000",
  "#F0E442",
];

/** Names to colours in their order; with the same list of names, every chart gives a name the same colour. */
export function coloursOf(names: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    [...new Set(names)].map((name, index) => [name, OKABE_ITO[index % OKABE_ITO.length] ?? "#000000"]),
  );
}

/**
 * Text that Plotly shows as it stands: Plotly reads `<b>`, `<a href>` and entities in titles, names and labels.
 *
 * @example Usage
 * ```ts
 * import { chartText } from "@lib/report/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(chartText('<a href="x">&'), '&lt;a href="x">&amp;');
 * ```
 */
export function chartText(text: string): string {
  return plain(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
