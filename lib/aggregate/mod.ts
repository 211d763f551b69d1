/**
 * Many samples of a field into one value: votes, numbers, texts, lists and objects; how far the samples agree; and
 * when there are enough of them.
 *
 * @module
 */
export * from "./aggregators/mod.ts";
export { leadingValue } from "./leading_value.ts";
export { type Quantity, readQuantity } from "./numeric/read_quantity.ts";
export * from "./stopping/mod.ts";
export type { SampledField, StoppingRule } from "./stopping/stopping_rule.ts";
export { tokenF1 } from "./token_f1.ts";
export type {
  AggregatedField,
  Aggregator,
  Agreement,
  CentreInterval,
  Description,
  FieldSample,
  FieldVerdict,
  Spread,
  UnitRepair,
  VerdictFlag,
  Vote,
} from "./types.ts";
