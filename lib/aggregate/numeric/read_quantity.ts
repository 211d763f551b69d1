import { parseNumber } from "../../signature/mod.ts";

/** A number as a sample states it. */
export interface Quantity {
  /** In points where a percentage is stated, else as it stands. */
  readonly value: number;
  /** Whether the text names its unit: `50 %`, `50 bps`; in a field of percentages also a fraction, `1/2`. */
  readonly marked: boolean;
  /** Whether two bounds were stated; the value is their midpoint. */
  readonly range: boolean;
}

/**
 * Reads a number with the unit it states: percent signs, basis points, fractions (of one, in a field of
 * percentages), decimal commas, and ranges, of which the midpoint is taken.
 *
 * @returns `undefined` when the value states no number.
 * @example Usage
 * ```ts
 * import { readQuantity } from "@lib/aggregate/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(readQuantity("12,5 %", "percent")?.value, 12.5);
 * assert.equal(readQuantity("150 bps", "percent")?.value, 1.5);
 * assert.deepEqual(readQuantity("between 10 and 12", "number"), { value: 11, marked: false, range: true });
 * assert.equal(readQuantity("about a dozen", "number"), undefined);
 * ```
 */
export function readQuantity(value: unknown, by: "number" | "percent"): Quantity | undefined {
  if (typeof value !== "string") {
    const number = parseNumber(value);
    return finite(number === undefined ? undefined : { value: number, marked: false, range: false });
  }
  if (value.length > LONGEST) return undefined;
  return finite(readSingle(value, by) ?? readRange(value, by));
}

/** A text that states one number is short; patterns are not tried on an essay. */
const LONGEST = 80;

/** Numbers of which sums and differences could overflow are no answers. */
function finite(quantity: Quantity | undefined): Quantity | undefined {
  return quantity && Math.abs(quantity.value) <= 1e300 ? quantity : undefined;
}

const UNIT = /\s*(?:([%％]|per ?cent|pct)|(bps?|basis points?))\s*$/i;
const RATIO = /^\s*(?:\d+\s*[/⁄]\s*\d+|[¼-¾⅐-⅞])\s*$/;

function readSingle(text: string, by: "number" | "percent"): Quantity | undefined {
  const unit = UNIT.exec(text);
  const bare = unit ? text.slice(0, unit.index) : text;
  const number = parseNumber(bare) ?? parseNumber(withDecimalPoint(bare));
  if (number === undefined) return undefined;
  const plain = { value: number, marked: unit !== null, range: false };
  if (unit?.[2]) return { ...plain, value: number / 100 };
  if (!unit && by === "percent" && RATIO.test(bare) && number <= 1) {
    return { ...plain, value: number * 100, marked: true };
  }
  return plain;
}

/** `12,5` and `1.200,50` with a decimal point; other texts as they are. */
function withDecimalPoint(text: string): string {
  const match = /^\s*([-+−]?(?:\d{1,3}(?:\.\d{3})+|\d*)),(\d+)\s*$/.exec(text);
  return match ? `${match[1]?.replaceAll(".", "")}.${match[2]}` : text;
}

const BETWEEN = /^\s*(?:between|from)\s+(.+?)\s+(?:and|to)\s+(.+)$/i;
const DASHED = /^\s*(.+?)\s*(?:[-–—]|\sto\s)\s*(.+)$/i;

/** Both bounds are in the unit of the second unless the first names its own, as in `10 to 12 %`. */
function readRange(text: string, by: "number" | "percent"): Quantity | undefined {
  const [, first, last] = BETWEEN.exec(text) ?? DASHED.exec(text) ?? [];
  if (first === undefined || last === undefined) return undefined;
  const unit = UNIT.test(first) ? "" : UNIT.exec(last)?.[0] ?? "";
  const [low, high] = [readSingle(first + unit, by), readSingle(last, by)];
  if (!low || !high || low.value >= high.value) return undefined;
  return { value: (low.value + high.value) / 2, marked: low.marked && high.marked, range: true };
}
