/**
 * What people read: terminal tables, charts, what notebooks show.
 *
 * @module
 */
export { accuracyChart, type AccuracyChartOptions } from "./charts/accuracy_chart.ts";
export { type Chart, chartText, coloursOf, OKABE_ITO } from "./charts/chart.ts";
export { CALL_LEGEND, callRows } from "./call_table.ts";
export {
  chartDisplay,
  type Displayable,
  fieldDisplay,
  JUPYTER_DISPLAY,
  matrixDisplay,
  type MimeBundle,
  tableDisplay,
} from "./display.ts";
export { EXAMPLE_LEGEND, exampleRows } from "./example_table.ts";
export { FIELD_LEGEND, fieldRows } from "./field_table.ts";
export { formatCount, formatDuration, formatInterval, formatPercent, formatUsd } from "./format.ts";
export { escapeHtml, htmlTable } from "./html_table.ts";
export { judgeLine } from "./judge_line.ts";
export { failuresOf, MATRIX_LEGEND, matrixRows, matrixTable } from "./matrix_table.ts";
export { SPREAD_LEGEND, spreadRows } from "./spread_table.ts";
export { type Column, plain, type Table, textTable } from "./text_table.ts";
