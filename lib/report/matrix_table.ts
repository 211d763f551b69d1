import type { CellSummary, RunSummary } from "../experiment/mod.ts";
import { formatCount, formatDuration, formatInterval, formatPercent, formatUsd } from "./format.ts";
import { type Column, type Table, textTable } from "./text_table.ts";

const COLUMNS: readonly Column[] = [
  { title: "variant" },
  { title: "prompt" },
  { title: "model" },
  { title: "accuracy", align: "right" },
  { title: "95% interval" },
  { title: "correct", align: "right" },
  { title: "failures" },
  { title: "p50", align: "right" },
  { title: "p95", align: "right" },
  { title: "cost", align: "right" },
  { title: "tokens in/out", align: "right" },
];

/** What the columns of {@linkcode matrixTable} mean, one sentence a line. */
export const MATRIX_LEGEND: readonly string[] = [
  "accuracy: observations with every field correct, over all observations, failed ones included.",
  "95% interval: Wilson's, at the effective number of cases, as repeats of a case are not independent.",
  "failures: observations by category; each has one, the most severe of its fields.",
  "p50, p95: time of the answering attempts of a case; queue, back-off and failed attempts are not in it.",
  "cost: list price of all calls, cached and recorded ones too; unknown where a price is not known.",
];

/** The matrix of a run as a plain text table, one row a cell. */
export function matrixTable(summary: RunSummary): string {
  const { columns, rows } = matrixRows(summary);
  return textTable(columns, rows);
}

/** The matrix of a run, one row a cell. */
export function matrixRows(summary: RunSummary): Table {
  return { columns: COLUMNS, rows: summary.cells.map(row) };
}

function row(cell: CellSummary): string[] {
  const { accuracy, latencyMs, tokens, planned, observed } = cell;
  const partial = observed < planned ? ` of ${formatCount(planned)}` : "";
  return [
    cell.variant,
    cell.prompt,
    cell.model,
    formatPercent(accuracy.rate),
    formatInterval(accuracy.interval),
    `${formatCount(accuracy.passed)}/${formatCount(accuracy.total)}${partial}`,
    failuresOf(cell),
    latencyMs ? formatDuration(latencyMs.p50) : "-",
    latencyMs ? formatDuration(latencyMs.p95) : "-",
    formatUsd(cell.costUsd),
    `${formatCount(tokens.input)}/${formatCount(tokens.output)}${
      tokens.unknownCalls > 0 ? " (some unknown)" : ""
    }`,
  ];
}

/** Failure categories of a cell, the most frequent first: `wrong 40, hallucinated 12`. */
export function failuresOf({ categories }: CellSummary): string {
  const failed = Object.entries(categories).filter(([name, count]) => name !== "correct" && count > 0);
  if (failed.length === 0) return "none";
  return failed.sort(([, a], [, b]) => b - a).map(([name, count]) => `${name} ${formatCount(count)}`).join(
    ", ",
  );
}
