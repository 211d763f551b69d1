import type { CompareOptions } from "../../signature/mod.ts";
import type { Aggregator, FieldVerdict } from "../types.ts";

/** A value put together from its parts. */
export interface Built {
  readonly value: unknown;
  /** Verdict on each part by its path. */
  readonly parts: Readonly<Record<string, FieldVerdict>>;
  /** Agreement on which parts there are, each from 0 to 1. */
  readonly shares: readonly number[];
  /** Whether as many samples would have had it otherwise. */
  readonly tied: boolean;
}

/** Gives the aggregator of a part by its name and comparator. */
export type PartAggregator = (name: string, compare: CompareOptions) => Aggregator;
