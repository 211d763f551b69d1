import type { CompareOptions } from "../../signature/mod.ts";
import { answersOf } from "../answers.ts";
import { absence, presentOf } from "../parts/absence.ts";
import { assemble } from "../parts/assemble.ts";
import { byPosition } from "../parts/by_position.ts";
import { byRow } from "../parts/by_row.ts";
import { tally } from "../tally.ts";
import type { Aggregator } from "../types.ts";
import { checkMinShare, MIN_SHARE, noSamples } from "../verdict.ts";
import { voteKeys } from "../vote_keys.ts";
import { majority } from "./majority.ts";
import { median } from "./median.ts";
import { medoid } from "./medoid.ts";
import { members } from "./members.ts";

/** Options of {@linkcode parts}. */
export interface PartsOptions {
  /** Aggregators of parts of an object by their name, in place of the default ones. @default {{}} */
  fields?: Readonly<Record<string, Aggregator>>;
  /** Least share of samples that agree on every part, for a stable value; above 0 and at most 1. @default {0.6} */
  minShare?: number;
}

/**
 * Objects, lists of objects and ordered lists part by part. Objects give one value for each field that is
 * compared; rows of lists are matched by the field's comparator, and those that more than half of the samples have
 * are kept; of ordered lists the length is voted on, then each position. The share is that of the part on which
 * fewest samples agree. A value of another kind is voted on as a whole.
 *
 * @example Usage
 * ```ts
 * import { parts } from "@lib/aggregate/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const lines = [["tea", 1], ["tea", 2], ["milk", 2]];
 * const samples = lines.map(([item, count]) => ({ status: "ok" as const, value: { item, count } }));
 * const verdict = parts().aggregate(samples, {
 *   name: "line",
 *   compare: { by: "objects", fields: { item: { by: "exact" }, count: { by: "number" } } },
 * });
 * assert(verdict.status === "ok");
 * assert.deepEqual(verdict.value, { item: "tea", count: 2 });
 * ```
 */
export function parts(options: PartsOptions = {}): Aggregator {
  const minShare = checkMinShare(options.minShare ?? MIN_SHARE);
  const { fields = {} } = options;
  return {
    name: "parts",
    describe: () => ({
      name: "parts",
      minShare,
      fields: Object.fromEntries(Object.entries(fields).map(([name, part]) => [name, part.describe()])),
    }),
    aggregate: (samples, field) => {
      const { by } = field.compare;
      if (by !== "objects" && by !== "list") return majority({ minShare }).aggregate(samples, field);
      const answers = answersOf(samples, field.name);
      if (answers.n === 0) return noSamples(answers);
      const values = answers.answers.map(({ value }) => value);
      const votes = tally(values, voteKeys(values, field.compare));
      const none = absence(answers, votes, { minShare });
      if (none) return none;
      const present = presentOf(answers).map(({ value }) => value);
      const build = by === "list" ? byPosition : byRow;
      const built = build(present, field, (name, compare) => fields[name] ?? defaultAggregator(compare));
      return assemble(answers, votes, built, { minShare });
    },
  };
}

const DEFAULTS: { readonly [Name in CompareOptions["by"]]?: () => Aggregator } = {
  number: median,
  percent: median,
  text: medoid,
  judge: medoid,
  set: members,
  list: parts,
  objects: parts,
};

/**
 * The aggregator of a field or part that names none, by its comparator: numbers and percentages go through
 * the control loop of `median`; texts, those that a judge decides about too, give their medoid; sets, lists and
 * objects go part by part; all else is voted on.
 *
 * @example Usage
 * ```ts
 * import { defaultAggregator } from "@lib/aggregate/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(defaultAggregator({ by: "percent" }).name, "median");
 * assert.equal(defaultAggregator({ by: "date" }).name, "majority");
 * ```
 */
export function defaultAggregator(compare: CompareOptions): Aggregator {
  return (DEFAULTS[compare.by] ?? majority)();
}
