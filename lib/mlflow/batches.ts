import { cutTo, LIMITS, withKeys } from "./limits.ts";
import type { RunData } from "./types.ts";

/** MLflow's list form of a record. */
export interface Pair {
  key: string;
  value: string;
}

/** Body of one `runs/log-batch`, without its run. */
export interface Batch {
  metrics: { key: string; value: number; timestamp: number; step: number }[];
  params: Pair[];
  tags: Pair[];
}

/**
 * Splits what is to be written into requests that MLflow takes: keys made fit, values cut to length, metrics that
 * are no finite number left out (MLflow would keep 1.8e308 for infinity).
 *
 * @example Usage
 * ```ts
 * import { batchesOf } from "@lib/mlflow/batches.ts";
 * import assert from "node:assert/strict";
 *
 * const { batches, leftOut } = batchesOf({ metrics: { "a b(c)": { value: NaN, timestampMs: 0 } }, params: { "p@q": "1" } });
 * assert.deepEqual(leftOut, ["a b(c)"]);
 * assert.deepEqual(batches, [{ metrics: [], params: [{ key: "p_q", value: "1" }], tags: [] }]);
 * ```
 */
export function batchesOf(data: RunData): { batches: Batch[]; leftOut: string[] } {
  const given = Object.entries(data.metrics ?? {});
  const finite = given.filter(([, { value }]) => Number.isFinite(value));
  const whole: Batch = {
    metrics: withKeys(Object.fromEntries(finite)).map(([key, { value, timestampMs, step = 0 }]) => ({
      key,
      value,
      timestamp: Math.round(timestampMs),
      step,
    })),
    params: pairsOf(data.params, LIMITS.paramValue),
    tags: pairsOf(data.tags, LIMITS.tagValue),
  };
  const batches: Batch[] = [];
  const { metrics, params, tags } = LIMITS.batch;
  const count = Math.max(
    Math.ceil(whole.metrics.length / metrics),
    Math.ceil(whole.params.length / params),
    Math.ceil(whole.tags.length / tags),
  );
  for (let n = 0; n < count; n++) {
    batches.push({
      metrics: whole.metrics.slice(n * metrics, (n + 1) * metrics),
      params: whole.params.slice(n * params, (n + 1) * params),
      tags: whole.tags.slice(n * tags, (n + 1) * tags),
    });
  }
  const leftOut = given.filter(([, { value }]) => !Number.isFinite(value)).map(([name]) => name);
  return { batches, leftOut };
}

/** Params or tags in MLflow's form. */
export function pairsOf(record: Readonly<Record<string, string>> | undefined, longest: number): Pair[] {
  return withKeys(record ?? {}).map(([key, value]) => ({ key, value: cutTo(value, longest) }));
}
