import { parseNumber } from "../parse_number.ts";
import type { Comparator } from "./comparator.ts";
import { canonicalNumber, numberLikeness } from "./number.ts";

/** Options of the comparator `percent`. */
export interface PercentOptions {
  /** Largest difference that counts as the same, in percentage points. @default {2} */
  abs?: number;
}

/** Same percentage within some points; a share where a percentage was asked (0.3 for 30) is a `unit_error`. */
export const percentage: Comparator<PercentOptions> = {
  canonical: (value) => canonicalNumber(value),
  likeness: (predicted, expected, { abs = 2 }) => {
    const plain = numberLikeness(predicted, expected, { abs });
    if (plain.score === 1) return plain;
    // a share is near when it is near after scaling, with a tolerance that shrinks with the unit
    return numberLikeness(predicted, expected, {
      abs: Math.min(abs, Math.abs(parseNumber(expected) ?? 0) / 4),
      unitFactors: [100],
    });
  },
};
