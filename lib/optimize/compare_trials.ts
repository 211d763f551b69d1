import { mcNemarMidP, tangoInterval } from "../stats/mod.ts";
import type { Comparison, Trial } from "./types.ts";

/**
 * Compares two trials case by case. Cases count as independent of each other.
 *
 * @param comparisons How many comparisons the choice rests on; the p-value is multiplied by it (Bonferroni).
 * @throws RangeError when they were not measured on the same cases.
 */
export function compareTrials(first: Trial, second: Trial, comparisons = 1): Comparison {
  const passed = new Map(second.runs.map(({ case: { id }, score }) => [id, score.category === "correct"]));
  if (first.runs.length !== second.runs.length || !first.runs.every((one) => passed.has(one.case.id))) {
    throw new RangeError(
      `Cannot compare ${first.candidate.name} with ${second.candidate.name} as their cases differ`,
    );
  }
  const pairs = first.runs.map(({ case: { id }, score }) => [score.category === "correct", passed.get(id)]);
  const onlyFirst = pairs.filter(([a, b]) => a && !b).length;
  const onlySecond = pairs.filter(([a, b]) => !a && b).length;
  return {
    first: first.candidate.name,
    second: second.candidate.name,
    pairs: pairs.length,
    onlyFirst,
    onlySecond,
    difference: (onlyFirst - onlySecond) / pairs.length,
    interval: tangoInterval({ pairs: pairs.length, onlyFirst, onlySecond }),
    p: Math.min(1, comparisons * mcNemarMidP(onlyFirst, onlySecond)),
    comparisons,
  };
}

/** Level below which two trials count as told apart. */
export const LEVEL = 0.05;

/**
 * What a comparison says, in words.
 *
 * @example Usage
 * ```ts
 * import { comparisonText } from "@lib/optimize/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const counts = { pairs: 20, onlyFirst: 3, onlySecond: 1, difference: 0.1, interval: [-0.12, 0.32] as const };
 * const text = comparisonText({ first: "few-shot", second: "baseline", ...counts, p: 0.375, comparisons: 1 });
 * assert.match(text, /3 newly right and 1 newly wrong of 20, .*: cannot tell$/);
 * ```
 */
export function comparisonText(comparison: Comparison): string {
  const { first, second, onlyFirst, onlySecond, pairs, interval, p, comparisons } = comparison;
  const [low, high] = interval.map((bound) => (bound * 100).toFixed(1));
  const of = comparisons > 1 ? `, times ${comparisons} comparisons` : "";
  return `${first} against ${second}: ${onlyFirst} newly right and ${onlySecond} newly wrong of ${pairs}, ` +
    `difference [${low}, ${high}] points at 95%, p ${p.toFixed(3)}${of}: ` +
    (p < LEVEL ? `${onlyFirst > onlySecond ? "better" : "worse"}` : "cannot tell");
}
