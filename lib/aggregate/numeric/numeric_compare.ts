import { type CompareOptions, likeness } from "../../signature/mod.ts";

/** How numbers of a field are compared: the comparator's own options. */
export type NumericCompare = Extract<CompareOptions, { by: "number" | "percent" }>;

/**
 * The numeric comparator of a field, with another tolerance where one is given; a field that is compared
 * in another way is read as plain numbers.
 *
 * @param within Largest difference that counts as the same, in the unit of the field.
 */
export function numericCompare(compare: CompareOptions, within?: number): NumericCompare {
  if (compare.by === "percent") return within === undefined ? compare : { by: "percent", abs: within };
  const plain: NumericCompare = compare.by === "number" ? compare : { by: "number" };
  if (within === undefined) return plain;
  return { by: "number", abs: within, ...(plain.unitFactors && { unitFactors: plain.unitFactors }) };
}

/** Whether a number counts as the same as a centre. */
export function isNear(value: number, centre: number, compare: NumericCompare): boolean {
  return likeness(value, centre, compare).score === 1;
}

/** Largest difference that counts as the same at a centre, from 0. */
export function toleranceAt(centre: number, compare: NumericCompare): number {
  if (compare.by === "percent") return compare.abs ?? 2;
  return Math.max(compare.abs ?? 0, (compare.rel ?? 0) * Math.abs(centre));
}

/** Factors between the field's unit and others that it declares. */
export function unitFactors(compare: NumericCompare): readonly number[] {
  return compare.by === "percent" ? [100] : compare.unitFactors ?? [];
}
