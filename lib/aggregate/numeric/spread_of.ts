import { median, quantile, robustCv, scaledMad } from "../../stats/mod.ts";
import type { Spread } from "../types.ts";
import { type NumericCompare, toleranceAt } from "./numeric_compare.ts";

/** Spread of the numbers of a field, at least one; in the field's unit. */
export function spreadOf(values: readonly number[], compare: NumericCompare): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const tolerance = toleranceAt(median(sorted), compare);
  const cv = robustCv(sorted, { floor: tolerance });
  return {
    n: sorted.length,
    scaledMad: scaledMad(sorted),
    ...(Number.isFinite(cv) && { robustCv: cv }),
    iqr: quantile(sorted, 0.75) - quantile(sorted, 0.25),
    low: quantile(sorted, 0),
    high: quantile(sorted, 1),
    tolerance,
  };
}
