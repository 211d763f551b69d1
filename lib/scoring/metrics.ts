import type { Metric } from "./metrics/metric.ts";
import * as all from "./metrics/mod.ts";

/** A metric's value, or why it has none. */
export type MetricValue = number | { error: string };

/** Every metric by its name in journals and tables. */
export const METRICS: Readonly<Record<string, Metric>> = { ...all };
