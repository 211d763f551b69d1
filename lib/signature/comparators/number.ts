import { parseNumber } from "../parse_number.ts";
import type { Comparator, Likeness } from "./comparator.ts";
import { plainText } from "./plain_text.ts";

/** Options of the comparator `number`. */
export interface NumberOptions {
  /** Largest difference that counts as the same, in the field's unit. @default {0} */
  abs?: number;
  /** The same as a share of the expected value. @default {0 between whole numbers, else 1e-9} */
  rel?: number;
  /** Factors by which a value in the wrong unit is off, e.g. `[1000]` for grams against kilograms. @default {[]} */
  unitFactors?: readonly number[];
}

/** Same number within a tolerance: |predicted - expected| <= max(abs, rel x |expected|). */
export const number: Comparator<NumberOptions> = {
  canonical: (value) => canonicalNumber(value),
  likeness: (predicted, expected, options) => numberLikeness(predicted, expected, options),
};

/** The number as text, `1,200` and `1200.0` alike; other values as they are. */
export function canonicalNumber(value: unknown): string {
  const parsed = parseNumber(value);
  return parsed === undefined ? plainText(value) : String(parsed === 0 ? 0 : parsed);
}

/** Likeness of two numbers; a value off by a unit factor is a `unit_error`. */
export function numberLikeness(predicted: unknown, expected: unknown, options: NumberOptions): Likeness {
  const [x, y] = [parseNumber(predicted), parseNumber(expected)];
  if (x === undefined || y === undefined) {
    return { score: plainText(predicted) === plainText(expected) ? 1 : 0 };
  }
  const whole = Number.isSafeInteger(x) && Number.isSafeInteger(y); // a relative default would merge long ids
  const { abs = 0, rel = whole ? 0 : 1e-9, unitFactors = [] } = options;
  const near = (value: number, target: number) => {
    const tolerance = Math.max(abs, rel * Math.abs(target));
    const rounding = 2 * Number.EPSILON * Math.max(Math.abs(value), Math.abs(target)); // 5000.1 - 5000 > 0.1
    return Math.abs(value - target) <= (tolerance > 0 ? tolerance + rounding : 0);
  };
  if (near(x, y)) return { score: 1 };
  const scaled = y !== 0 && unitFactors.some((factor) => near(x / factor, y) || near(x * factor, y));
  return scaled ? { score: 0, fault: "unit_error" } : { score: 0 };
}
