import { checkCount, drawnOf, type SampledField, type StoppingRule } from "./stopping_rule.ts";

/** Options of {@linkcode unanimous}. */
export interface UnanimousOptions {
  /** Samples that must all agree, at least 2. @default {5} */
  window?: number;
  /** Most samples. @default {40} */
  atMost?: number;
}

/**
 * Early-stopping self-consistency (Li et al. 2024, arXiv 2401.10480): draws window by window and stops at the
 * first whose samples all state the same value of every field. A sample without a value agrees with none.
 *
 * @throws RangeError for options out of range.
 * @example Usage
 * ```ts
 * import { majority, unanimous } from "@lib/aggregate/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const field = { name: "letter", compare: { by: "enum" as const } };
 * const samples = ["A", "B", "A", "A"].map((value) => ({ status: "ok" as const, value }));
 * const rule = unanimous({ window: 2, atMost: 6 });
 * assert.equal(rule.next([{ field, aggregator: majority(), samples: samples.slice(0, 2) }]), 2);
 * assert.equal(rule.next([{ field, aggregator: majority(), samples }]), 0);
 * ```
 */
export function unanimous(options: UnanimousOptions = {}): StoppingRule {
  const { window = 5, atMost = 40 } = options;
  checkCount("window", window, 2);
  checkCount("atMost", atMost);
  return {
    name: "unanimous",
    describe: () => ({ name: "unanimous", window, atMost }),
    least: Math.min(window, atMost),
    most: atMost,
    next: (fields) => {
      const drawn = drawnOf(fields);
      const agreed = drawn >= window && fields.every((field) => agrees(field, window));
      return agreed ? 0 : Math.min(window - (drawn % window), Math.max(0, atMost - drawn));
    },
  };
}

/** Whether the last samples all state the same value. */
function agrees({ aggregator, field, samples }: SampledField, window: number): boolean {
  const { n, votes, modes } = aggregator.aggregate(samples.slice(-window), field);
  return n === window && (modes ?? votes).length === 1;
}
