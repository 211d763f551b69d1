import { absence, presentOf } from "../absence.ts";
import { answersOf } from "../answers.ts";
import { assemble } from "../assemble.ts";
import { leadingValue } from "../leading_value.ts";
import { listMembers } from "../list_members.ts";
import { isTied, tally } from "../tally.ts";
import type { Aggregator, AggregatorOf } from "../types.ts";
import { checkMinShare, MIN_SHARE, noSamples } from "../verdict.ts";
import { voteKeys } from "../vote_keys.ts";
import { memberCompare } from "./members.ts";

/** Options of {@linkcode positions}. */
export interface PositionsOptions {
  /** Gives the aggregator of the members by their comparator. */
  of: AggregatorOf;
  /** Least share of samples that agree on the length and on every member, for a stable list. @default {0.6} */
  minShare?: number;
}

/**
 * A list in its order: the length is voted on, then each position among the samples of that length. A list
 * that lacks a member therefore does not shift the others.
 *
 * @example Usage
 * ```ts
 * import { defaultAggregator, positions } from "@lib/aggregate/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const samples = [["a", "b"], ["a", "c"], ["b"], ["a", "b"]].map((value) => ({ status: "ok" as const, value }));
 * const verdict = positions({ of: defaultAggregator }).aggregate(samples, {
 *   name: "steps",
 *   compare: { by: "list", of: { by: "exact" } },
 * });
 * assert(verdict.status === "ok");
 * assert.deepEqual(verdict.value, ["a", "b"]);
 * ```
 */
export function positions(options: PositionsOptions): Aggregator {
  const minShare = checkMinShare(options.minShare ?? MIN_SHARE);
  return {
    name: "positions",
    describe: () => ({ name: "positions", minShare }),
    aggregate: (samples, { name, compare }) => {
      const answers = answersOf(samples, name);
      if (answers.n === 0) return noSamples(answers);
      const values = answers.answers.map(({ value }) => value);
      const votes = tally(values, voteKeys(values, compare));
      const none = absence(answers, votes, { minShare });
      if (none) return none;
      const lists = presentOf(answers).map(({ value }) => listMembers(value));
      const lengths = tally(lists.map((list) => list.length), lists.map((list) => String(list.length)));
      const alike = lists.filter((list) => list.length === lengths[0]?.value);
      const member = memberCompare(compare);
      const verdicts = (alike[0] ?? []).map((_, place) =>
        options.of(member).aggregate(
          alike.map((list) => ({ status: "ok", value: list[place] })),
          { name: `${name}.${place}`, compare: member },
        )
      );
      return assemble(answers, {
        value: verdicts.map(leadingValue),
        parts: Object.fromEntries(verdicts.map((part, place) => [String(place), part])),
        shares: [alike.length / lists.length],
        votes,
        tied: isTied(lengths),
      }, { minShare });
    },
  };
}
