import { checkCount, drawnOf, type StoppingRule } from "./stopping_rule.ts";

/**
 * Always as many samples.
 *
 * @param samples At least 1.
 * @example Usage
 * ```ts
 * import { fixed } from "@lib/aggregate/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual([fixed(5).least, fixed(5).most], [5, 5]);
 * ```
 */
export function fixed(samples: number): StoppingRule {
  checkCount("samples", samples);
  return {
    name: "fixed",
    describe: () => ({ name: "fixed", samples }),
    least: samples,
    most: samples,
    next: (fields) => Math.max(0, samples - drawnOf(fields)),
  };
}
