/**
 * What people read: terminal tables, charts.
 *
 * @module
 */
export { formatCount, formatDuration, formatInterval, formatPercent, formatUsd } from "./format.ts";
export { failuresOf, MATRIX_LEGEND, matrixTable } from "./matrix_table.ts";
export { type Column, plain, textTable } from "./text_table.ts";
