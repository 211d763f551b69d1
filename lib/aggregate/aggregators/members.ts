import type { CompareOptions } from "../../signature/mod.ts";
import { answersOf } from "../answers.ts";
import { absence, presentOf } from "../parts/absence.ts";
import { assemble } from "../parts/assemble.ts";
import { listMembers, memberCompare } from "../parts/list_members.ts";
import { tally } from "../tally.ts";
import type { Aggregator, Vote } from "../types.ts";
import { checkMinShare, MIN_SHARE, noSamples } from "../verdict.ts";
import { voteKeys } from "../vote_keys.ts";

/** Options of {@linkcode members}. */
export interface MembersOptions {
  /** Least share of samples that agree on every member, for a stable set; above 0 and at most 1. @default {0.6} */
  minShare?: number;
}

/**
 * The set of all members that more than half of the samples name, most named first. The share is that of the
 * member on which fewest samples agree, in or out; a member named by exactly half is left out and flagged `tie`.
 *
 * @example Usage
 * ```ts
 * import { members } from "@lib/aggregate/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const samples = [["red", "blue"], ["Red"], ["red", "green"]].map((value) => ({ status: "ok" as const, value }));
 * const verdict = members().aggregate(samples, { name: "colours", compare: { by: "set" } });
 * assert(verdict.status === "ok");
 * assert.deepEqual(verdict.value, ["red"]);
 * ```
 */
export function members(options: MembersOptions = {}): Aggregator {
  const minShare = checkMinShare(options.minShare ?? MIN_SHARE);
  return {
    name: "members",
    describe: () => ({ name: "members", minShare }),
    aggregate: (samples, { name, compare }) => {
      const answers = answersOf(samples, name);
      if (answers.n === 0) return noSamples(answers);
      const values = answers.answers.map(({ value }) => value);
      const votes = tally(values, voteKeys(values, compare));
      const none = absence(answers, votes, { minShare });
      if (none) return none;
      const present = presentOf(answers);
      const named = nameMembers(present.map(({ value }) => listMembers(value)), memberCompare(compare));
      const kept = named.filter(({ count }) => 2 * count > present.length);
      return assemble(answers, votes, {
        value: kept.map(({ value }) => value),
        parts: {},
        shares: named.map(({ count }) => Math.max(count, present.length - count) / present.length),
        tied: named.some(({ count }) => 2 * count === present.length),
      }, { minShare });
    },
  };
}

/** Each member once for every list that names it. */
function nameMembers(lists: readonly (readonly unknown[])[], compare: CompareOptions): readonly Vote[] {
  const all = lists.flatMap((list, sample) => list.map((value) => ({ value, sample })));
  const keys = voteKeys(all.map(({ value }) => value), compare);
  const once = new Map(all.map(({ value, sample }, index) => {
    const key = keys[index] ?? "";
    return [`${sample} ${key}`, { value, key }];
  }));
  const distinct = [...once.values()];
  return tally(distinct.map(({ value }) => value), distinct.map(({ key }) => key));
}
