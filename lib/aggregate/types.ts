import type { Field } from "../signature/mod.ts";

/** What one sample says of a field: a value (`null` is one), or nothing. */
export type FieldSample =
  | { readonly status: "ok"; readonly value: unknown }
  | { readonly status: "abstained" | "failed" };

/** A value and the samples that stand behind it. */
export interface Vote {
  /** As the first of these samples gave it; for a group of numbers their centre. */
  readonly value: unknown;
  /** Samples, at least 1. */
  readonly count: number;
}

/** How far numbers lie apart, in the unit of the field; robust against outliers. */
export interface Spread {
  /** Numbers it is computed from. */
  readonly n: number;
  /** 1.482602 x median absolute deviation: a standard deviation that outliers do not move. */
  readonly scaledMad: number;
  /** Scaled MAD over |median|, with the field's tolerance as least denominator; absent where both are 0. */
  readonly robustCv?: number;
  /** Third quartile minus first. */
  readonly iqr: number;
  readonly low: number;
  readonly high: number;
  /** Largest difference that counts as the same, at the median. */
  readonly tolerance: number;
}

/** A number that was stated in another unit than the field's, and what it is in the field's. */
export interface UnitRepair {
  /** Place among the samples, from 0. */
  readonly sample: number;
  /** What the sample said. */
  readonly stated: unknown;
  /** In the unit of the field. */
  readonly value: number;
}

/** Interval of the centre of a group of numbers. */
export interface CentreInterval {
  readonly low: number;
  readonly high: number;
  /** Probability that the interval of so many independent samples holds the centre, at least 0.95. */
  readonly coverage: number;
}

/**
 * What is to be known of a verdict: `tie`, another value had as many votes; `unit_ambiguous`, some numbers are
 * x100 or x1000 of others and the unit of the field does not settle, against the votes, which are meant; `range`,
 * a sample named two bounds and their midpoint was taken.
 */
export type VerdictFlag = "tie" | "unit_ambiguous" | "range";

/** How samples agree on a field. */
export interface Agreement {
  /** Samples that state a value, `null` included. */
  readonly n: number;
  /** Samples that abstained; never votes. */
  readonly abstained: number;
  /** Samples that failed; never votes. */
  readonly failed: number;
  /**
   * Agreement behind the value, from 0 to 1: the share of the n samples that voted for it; for texts their mean
   * likeness to it; for parts the least share of any part. 0 when n is 0.
   */
  readonly share: number;
  /** Distinct values as stated, most votes first, then in order of appearance. */
  readonly votes: readonly Vote[];
  readonly flags: readonly VerdictFlag[];
  /** Numbers: groups within the tolerance after unit repair, most samples first. `null` is a group of its own. */
  readonly modes?: readonly Vote[];
  /** Numbers: spread after unit repair. */
  readonly spread?: Spread;
  /** Numbers: spread as stated, where units were repaired. */
  readonly statedSpread?: Spread;
  /** Numbers: interval of the centre of the largest group, from six samples on. */
  readonly interval?: CentreInterval;
  /** Numbers: the units that were repaired. */
  readonly repairs?: readonly UnitRepair[];
  /** Texts: mean likeness of all pairs of samples, from 0 to 1. */
  readonly pairwise?: number;
  /** Objects and lists: the verdict on each part, by its path in the value. */
  readonly parts?: Readonly<Record<string, FieldVerdict>>;
}

/**
 * One value of a field from several samples. `stable` when the share reaches the least share, no other value
 * has as many votes, at least two samples and at least half of those drawn state a value, and most of them needed no
 * unit repair. Unresolved without any value (`no_samples`), or when no group of numbers is large enough to speak
 * for all (`multimodal`): an average of several groups would be nobody's answer; `leading` is the centre of the
 * largest. Plain JSON data.
 */
export type FieldVerdict =
  & Agreement
  & (
    | { readonly status: "ok"; readonly value: unknown; readonly stable: boolean }
    | { readonly status: "unresolved"; readonly reason: "no_samples" }
    | { readonly status: "unresolved"; readonly reason: "multimodal"; readonly leading: unknown }
  );

/** What an aggregator needs to know of a field. */
export type AggregatedField = Pick<Field, "name" | "compare">;

/** Stable JSON of an aggregator or a stopping rule, part of the version of the strategy that uses it. */
export type Description = Readonly<Record<string, unknown>> & { readonly name: string };

/**
 * Makes one value of many samples of a field. Pure and deterministic.
 *
 * A new aggregator is one file in `aggregators/` and one line in `aggregators/mod.ts`.
 */
export interface Aggregator {
  readonly name: string;
  describe(): Description;
  /**
   * @param samples In the order in which they were drawn, at least one.
   * @throws RangeError when there is no sample.
   */
  aggregate(samples: readonly FieldSample[], field: AggregatedField): FieldVerdict;
}
