import type { Comparator, Likeness, NestedComparator } from "./comparators/comparator.ts";
import * as all from "./comparators/mod.ts";

/** Every comparator by the name that a signature declares. */
export const COMPARATORS = { ...all };

type Registry = typeof COMPARATORS;
type OptionsOf<C> = C extends Comparator<infer Options> ? Options : never;

/** How a field is compared: the comparator's name with its options. */
export type CompareOptions = {
  [Name in keyof Registry]: { by: Name } & OptionsOf<Registry[Name]>;
}[keyof Registry];

const nested: NestedComparator = {
  canonical: (value, options) => canonicalValue(value, options as CompareOptions),
  likeness: (predicted, expected, options) => likeness(predicted, expected, options as CompareOptions),
};

function comparatorOf(options: CompareOptions): Comparator<CompareOptions> {
  return COMPARATORS[options.by] as Comparator<CompareOptions>;
}

/**
 * A text that is the same for values that count as the same: the key of a vote. `null` has one of its own.
 *
 * @example Usage
 * ```ts
 * import { canonicalValue } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(canonicalValue("1,200", { by: "number" }), canonicalValue(1200, { by: "number" }));
 * ```
 */
export function canonicalValue(value: unknown, options: CompareOptions): string {
  if (value === null || value === undefined) return "null";
  const text = comparatorOf(options).canonical(value, options, nested);
  return /^\\*null$/.test(text) ? `\\${text}` : text; // the word "null" is no absent value
}

/**
 * Likeness of a predicted value to the expected one under a declared comparator; two absent values are alike.
 *
 * @returns A score from 0 to 1; only 1 is correct.
 * @example Usage
 * ```ts
 * import { likeness } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(likeness(31, 30, { by: "percent", abs: 2 }).score, 1);
 * assert.equal(likeness(0.3, 30, { by: "percent" }).fault, "unit_error");
 * ```
 */
export function likeness(predicted: unknown, expected: unknown, options: CompareOptions): Likeness {
  const [given, wanted] = [predicted ?? null, expected ?? null];
  if (given === null || wanted === null) return { score: given === wanted ? 1 : 0 };
  return comparatorOf(options).likeness(given, wanted, options, nested);
}
