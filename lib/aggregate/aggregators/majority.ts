import { answersOf } from "../answers.ts";
import { isTied, tally } from "../tally.ts";
import type { Aggregator } from "../types.ts";
import { checkMinShare, MIN_SHARE, noSamples, verdict } from "../verdict.ts";
import { voteKeys } from "../vote_keys.ts";

/** Options of {@linkcode majority}. */
export interface MajorityOptions {
  /** Least share of the votes behind a stable value, above 0 and at most 1. @default {0.6} */
  minShare?: number;
}

/**
 * The value with the most votes (Wang et al. 2022, arXiv 2203.11171). Values that the field's comparator
 * counts as the same are one; `null` is a value; abstentions and failures are counted, never votes. Of several
 * with as many votes the one that was sampled first is taken, and the verdict is flagged `tie`. The value is the
 * first sample's of its class, as that sample gave it.
 *
 * @example Usage
 * ```ts
 * import { majority } from "@lib/aggregate/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const samples = ["A", "A", "B"].map((value) => ({ status: "ok" as const, value }));
 * const verdict = majority().aggregate(samples, { name: "letter", compare: { by: "enum" } });
 * assert(verdict.status === "ok" && verdict.value === "A" && verdict.stable);
 * assert.deepEqual(verdict.votes, [{ value: "A", count: 2 }, { value: "B", count: 1 }]);
 * ```
 */
export function majority(options: MajorityOptions = {}): Aggregator {
  const minShare = checkMinShare(options.minShare ?? MIN_SHARE);
  return {
    name: "majority",
    describe: () => ({ name: "majority", minShare }),
    aggregate: (samples, { name, compare }) => {
      const answers = answersOf(samples, name);
      const values = answers.answers.map(({ value }) => value);
      const votes = tally(values, voteKeys(values, compare));
      const [first] = votes;
      if (!first) return noSamples(answers);
      const finding = { share: first.count / answers.n, votes, flags: isTied(votes) ? ["tie" as const] : [] };
      return verdict(answers, first.value, finding, { minShare });
    },
  };
}
