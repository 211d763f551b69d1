import { tQuantile } from "../../stats/mod.ts";
import type { Spread } from "../types.ts";
import { checkCount, drawnOf, type StoppingRule } from "./stopping_rule.ts";

/** Options of {@linkcode precise}. */
export interface PreciseOptions {
  /** Half of the 95% interval of the centre, in the unit of the field, above 0. */
  within: number;
  /** Least samples, at least 2; below five the rule stops too early. @default {5} */
  atLeast?: number;
  /** Most samples. @default {40} */
  atMost?: number;
}

/**
 * Sequential precision (Chow and Robbins 1965): draws one by one until t(n - 1) x s / sqrt(n) is at most
 * `within` in every field of numbers, where s is the scaled MAD of the numbers after unit repair; where that is 0,
 * the larger of IQR / 1.349 and half the field's tolerance. Fields without numbers do not hold it up.
 *
 * It stops sooner than the 95% suggest, when a few samples happen to be close: of normal samples, `within` 0.6 of
 * their deviation is kept in about 87% of cases. And the precision is that of the model's centre: samples that
 * agree may all be wrong.
 *
 * @throws RangeError for options out of range.
 * @example Usage
 * ```ts
 * import { median, precise } from "@lib/aggregate/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const field = { name: "share", compare: { by: "percent" as const } };
 * const samples = [12, 12.5, 11.8, 12.2, 12.1].map((value) => ({ status: "ok" as const, value }));
 * const watched = [{ field, aggregator: median(), samples }];
 * assert.equal(precise({ within: 1 }).next(watched), 0);
 * assert.equal(precise({ within: 0.1 }).next(watched), 1);
 * ```
 */
export function precise(options: PreciseOptions): StoppingRule {
  const { within, atLeast = 5, atMost = 40 } = options;
  checkCount("atLeast", atLeast, 2);
  checkCount("atMost", atMost, atLeast);
  if (!(within > 0)) {
    throw new RangeError(`Cannot sample as within must be above 0: current value is ${within}`);
  }
  return {
    name: "precise",
    describe: () => ({ name: "precise", within, atLeast, atMost }),
    least: atLeast,
    most: atMost,
    next: (fields) => {
      const drawn = drawnOf(fields);
      if (drawn < atLeast) return atLeast - drawn;
      if (drawn >= atMost) return 0;
      const spreads = fields.map(({ aggregator, field, samples }) =>
        aggregator.aggregate(samples, field).spread
      );
      return spreads.every((spread) => !spread || isPrecise(spread, within, atLeast)) ? 0 : 1;
    },
  };
}

function isPrecise({ n, scaledMad, iqr, tolerance }: Spread, within: number, atLeast: number): boolean {
  if (n < atLeast) return false;
  const deviation = scaledMad || Math.max(iqr / 1.349, tolerance / 2);
  return tQuantile(0.975, n - 1) * deviation / Math.sqrt(n) <= within;
}
