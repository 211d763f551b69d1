import { answersOf } from "../answers.ts";
import { controlLoop } from "../numeric/control_loop.ts";
import { numericCompare } from "../numeric/numeric_compare.ts";
import type { Aggregator } from "../types.ts";
import { checkMinShare, MIN_SHARE, multimodal, noSamples, verdict } from "../verdict.ts";

/** Options of {@linkcode median}. */
export interface MedianOptions {
  /** Largest difference that counts as the same, in the unit of the field. @default {the field's own tolerance} */
  within?: number;
  /** Least share of the samples in the largest group, above 0 and at most 1. @default {0.6} */
  minShare?: number;
}

/**
 * One number of several, never their mean. Each is read with its unit; numbers in another unit of the field
 * are rescaled; numbers within the tolerance form groups, `null` and unreadable texts groups of their own; when the
 * largest holds less than the least share the verdict is unresolved, else the value is its centre: the median
 * of up to eight, the Hodges-Lehmann estimate from nine. Whole numbers stay whole: a value that was sampled.
 *
 * @throws RangeError for a tolerance below 0 or a share outside 0..1.
 * @example Usage
 * ```ts
 * import { median } from "@lib/aggregate/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const samples = [12, 12.5, 11.8, 12.2, 0.12, 12.1, 30].map((value) => ({ status: "ok" as const, value }));
 * const verdict = median().aggregate(samples, { name: "share", compare: { by: "percent" } });
 * assert(verdict.status === "ok" && verdict.stable);
 * assert.equal(verdict.value, 12.05);
 * assert.deepEqual(verdict.repairs, [{ sample: 4, stated: 0.12, value: 12 }]);
 * ```
 */
export function median(options: MedianOptions = {}): Aggregator {
  const minShare = checkMinShare(options.minShare ?? MIN_SHARE);
  const { within } = options;
  if (within !== undefined && !(within >= 0)) {
    throw new RangeError(`Cannot aggregate as within must be at least 0: current value is ${within}`);
  }
  return {
    name: "median",
    describe: () => ({ name: "median", minShare, ...(within !== undefined && { within }) }),
    aggregate: (samples, { name, compare }) => {
      const answers = answersOf(samples, name);
      const { top, unaided, finding } = controlLoop(answers.answers, numericCompare(compare, within));
      if (!top) return noSamples(answers);
      if (finding.share >= minShare) {
        return verdict(answers, top.value, finding, { minShare, steady: unaided });
      }
      return multimodal(answers, top.value, finding);
    },
  };
}
