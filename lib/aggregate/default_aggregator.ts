import type { CompareOptions } from "../signature/mod.ts";
import { majority, median, medoid, members, positions, rows } from "./aggregators/mod.ts";
import type { Aggregator } from "./types.ts";

const DEFAULTS: { readonly [Name in CompareOptions["by"]]?: () => Aggregator } = {
  number: median,
  percent: median,
  text: medoid,
  set: members,
  list: () => positions({ of: defaultAggregator }),
  objects: () => rows({ of: defaultAggregator }),
};

/**
 * The aggregator of a field that names none, by its comparator: numbers and percentages go through the control
 * loop of `median`, texts give their medoid, sets, lists and objects go part by part; all else is voted on.
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
