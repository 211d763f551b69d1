/**
 * Outcomes per field, a category per case, metrics; scores of outputs made elsewhere.
 *
 * @module
 */
export { CATEGORIES, type Category, categoryOfFailure, INFRASTRUCTURE } from "./categories.ts";
export { METRICS, type MetricValue } from "./metrics.ts";
export type { Metric } from "./metrics/metric.ts";
export type { OutputRow, ScoredRow } from "./output_row.ts";
export { readRows, type ReadRowsOptions } from "./read_rows.ts";
export { type CaseScore, type FieldScore, scoreCase, scoreField } from "./score_case.ts";
export { scoreOutput, scoreReply } from "./score_output.ts";
export { type RowRate, type RowsScore, scoreRows, scoreTaskRows, type TaskRowsScore } from "./score_rows.ts";
