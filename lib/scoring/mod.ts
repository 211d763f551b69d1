/**
 * Outcomes per field, a category per case, metrics.
 *
 * @module
 */
export { CATEGORIES, type Category, categoryOfFailure, INFRASTRUCTURE } from "./categories.ts";
export { METRICS, type MetricValue } from "./metrics.ts";
export type { Metric } from "./metrics/metric.ts";
export { type CaseScore, type FieldScore, scoreCase, scoreField } from "./score_case.ts";
