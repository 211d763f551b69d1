import { answersOf } from "../answers.ts";
import { likenessMatrix } from "../likeness_matrix.ts";
import { byVotes, classesOf } from "../tally.ts";
import type { AggregatedField, Aggregator } from "../types.ts";
import { checkMinShare, type Finding, MIN_SHARE, noSamples, verdict } from "../verdict.ts";
import { voteKeys } from "../vote_keys.ts";

/** Options of {@linkcode medoid}. */
export interface MedoidOptions {
  /** Least mean likeness of the samples to a stable value, above 0 and at most 1. @default {0.6} */
  minShare?: number;
}

/**
 * The sample that is most like all the others, for texts that hardly ever repeat word for word; no further
 * call is made. Two samples are as alike as the field's comparator says, and texts at least as their words: F1 of the
 * words. Of several as central ones the one sampled first is taken; the verdict is flagged `tie` when they differ.
 *
 * The share is the mean likeness of all samples to the value, itself included: where samples are either the same
 * or nothing alike, that is its share of the votes.
 *
 * @example Usage
 * ```ts
 * import { medoid } from "@lib/aggregate/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const texts = ["We refund the full price.", "We refund the price in full.", "Call us."];
 * const samples = texts.map((value) => ({ status: "ok" as const, value }));
 * const verdict = medoid().aggregate(samples, { name: "reply", compare: { by: "text" } });
 * assert(verdict.status === "ok" && verdict.value === texts[0]);
 * ```
 */
export function medoid(options: MedoidOptions = {}): Aggregator {
  const minShare = checkMinShare(options.minShare ?? MIN_SHARE);
  return {
    name: "medoid",
    describe: () => ({ name: "medoid", minShare }),
    aggregate: (samples, field) => {
      const answers = answersOf(samples, field.name);
      if (answers.n === 0) return noSamples(answers);
      const { value, finding } = mostCentral(answers.answers.map((answer) => answer.value), field);
      return verdict(answers, value, finding, { minShare });
    },
  };
}

interface Central {
  value: unknown;
  finding: Finding;
}

/** Samples of one class are alike in full, so that only classes are compared. */
function mostCentral(values: readonly unknown[], { compare }: AggregatedField): Central {
  const classes = classesOf(values, voteKeys(values, compare));
  const alike = likenessMatrix(classes.map(({ value }) => value), compare);
  const sums = alike.map((row) => total(row.map((score, column) => score * (classes[column]?.count ?? 0))));
  const most = Math.max(...sums);
  const central = classes.filter((_, index) => most - (sums[index] ?? 0) < ROUNDING);
  const n = values.length;
  const pairs = total(classes.map(({ count }, index) => count * (sums[index] ?? 0)));
  return {
    value: central[0]?.value,
    finding: {
      share: Math.min(1, most / n),
      votes: byVotes(classes),
      flags: central.length > 1 ? ["tie"] : [],
      pairwise: n === 1 ? 1 : Math.min(1, (pairs - n) / (n * (n - 1))),
    },
  };
}

/** Sums of the same numbers in another order differ in their last digits. */
const ROUNDING = 1e-9;

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
