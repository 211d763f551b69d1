import { caseAccuracy } from "./metrics/case_accuracy.ts";
import { fieldAccuracy } from "./metrics/field_accuracy.ts";
import type { Metric } from "./metrics/metric.ts";

/** A metric's value, or why it has none. */
export type MetricValue = number | { error: string };

/** Every metric by its name in journals and tables. A new one is its file and one line here. */
export const METRICS: Readonly<Record<string, Metric>> = {
  accuracy: caseAccuracy,
  field_accuracy: fieldAccuracy,
};
