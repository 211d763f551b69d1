import { betaCdf } from "../../stats/mod.ts";
import { checkCount, drawnOf, type SampledField, type StoppingRule } from "./stopping_rule.ts";

/** Options of {@linkcode adaptive}. */
export interface AdaptiveOptions {
  /** Stop when the leading value is this likely to stay in the lead, above 0.5 and below 1. @default {0.95} */
  confidence?: number;
  /** Most samples. @default {40} */
  atMost?: number;
}

/**
 * Adaptive-Consistency (Aggarwal et al. 2023, arXiv 2305.11860): draws until, in every field, the value with
 * the most votes a is likely enough to win against the second with b: 1 - I(1/2; a + 1, b + 1). At 0.95 that takes
 * four samples that agree. It asks at once for as many as are needed if all of them agree, so that it never draws
 * more than one at a time would. A field whose samples never repeat, a free text, would draw all: do not watch it.
 *
 * The confidence is that of one look; of several looks, at votes that are close, more than 5% go wrong: 12% where
 * single samples are right in 60%. It saves samples, it certifies nothing.
 *
 * @throws RangeError for options out of range.
 * @example Usage
 * ```ts
 * import { adaptive, majority } from "@lib/aggregate/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const field = { name: "letter", compare: { by: "enum" as const } };
 * const watched = (values: string[]) => [{
 *   field,
 *   aggregator: majority(),
 *   samples: values.map((value) => ({ status: "ok" as const, value })),
 * }];
 * const rule = adaptive({ atMost: 10 });
 * assert.equal(rule.next(watched([])), 4);
 * assert.equal(rule.next(watched(["A", "A", "A", "A"])), 0);
 * assert.equal(rule.next(watched(["A", "A", "A", "B"])), 3);
 * ```
 */
export function adaptive(options: AdaptiveOptions = {}): StoppingRule {
  const { confidence = 0.95, atMost = 40 } = options;
  checkCount("atMost", atMost);
  if (!(confidence > 0.5 && confidence < 1)) {
    throw new RangeError(
      `Cannot sample as confidence must be above 0.5 and below 1: current value is ${confidence}`,
    );
  }
  return {
    name: "adaptive",
    describe: () => ({ name: "adaptive", confidence, atMost }),
    least: wanting([0, 0], confidence, atMost),
    most: atMost,
    next: (fields) => {
      const left = atMost - drawnOf(fields);
      return Math.max(0, ...fields.map((field) => wanting(topTwo(field), confidence, left)));
    },
  };
}

/**
 * Probability that the leading of two values is the more frequent one, from a uniform prior.
 *
 * @param leading Votes of the first.
 * @param second Votes of the second.
 * @example Usage
 * ```ts
 * import { leadProbability } from "@lib/aggregate/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(leadProbability(4, 0).toFixed(5), "0.96875");
 * ```
 */
export function leadProbability(leading: number, second: number): number {
  return 1 - betaCdf(0.5, leading + 1, second + 1);
}

/** Further votes for the leading value that would do, at most those left. */
function wanting([leading, second]: readonly [number, number], confidence: number, left: number): number {
  let more = 0;
  while (more < left && leadProbability(leading + more, second) < confidence) more++;
  return more;
}

function topTwo({ aggregator, field, samples }: SampledField): readonly [number, number] {
  if (samples.length === 0) return [0, 0];
  const { modes, votes } = aggregator.aggregate(samples, field);
  const [first, second] = modes ?? votes;
  return [first?.count ?? 0, second?.count ?? 0];
}
