import type { AggregatedField, Aggregator, Description, FieldSample } from "../types.ts";

/** A field with its samples so far, in the order in which they were drawn. */
export interface SampledField {
  readonly field: AggregatedField;
  readonly aggregator: Aggregator;
  /** One entry a sample drawn, abstentions and failures included; empty at the beginning. */
  readonly samples: readonly FieldSample[];
}

/**
 * Says how many samples to draw. Pure: the same samples give the same answer. What it asks for at once can be
 * drawn in parallel.
 *
 * A new rule is one file in `stopping/` and one line in `stopping/mod.ts`.
 */
export interface StoppingRule {
  readonly name: string;
  describe(): Description;
  /** Samples it draws at least. */
  readonly least: number;
  /** Samples it draws at most. */
  readonly most: number;
  /**
   * Samples to draw now; 0 is the end.
   *
   * @param fields The fields that it watches, at least one, each with as many samples.
   * @throws RangeError when there is no field, or they differ in their number of samples.
   */
  next(fields: readonly SampledField[]): number;
}

/** Samples drawn so far. */
export function drawnOf(fields: readonly SampledField[]): number {
  const [first] = fields;
  if (!first) throw new RangeError("Cannot decide on samples as no field is watched");
  if (fields.some(({ samples }) => samples.length !== first.samples.length)) {
    throw new RangeError("Cannot decide on samples as the fields differ in their number");
  }
  return first.samples.length;
}

/** Checks a number of samples, as options give it. */
export function checkCount(name: string, value: number, least = 1): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new RangeError(`Cannot sample as ${name} must be an integer >= ${least}: current value is ${value}`);
}
