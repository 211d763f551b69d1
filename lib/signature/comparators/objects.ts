import { linearSumAssignment } from "linear-sum-assignment";
import type { CompareOptions } from "../comparators.ts";
import type { Comparator, NestedComparator } from "./comparator.ts";
import { members } from "./set.ts";

/** Options of the comparator `objects`. */
export interface ObjectsOptions {
  /** How each field of an object is compared; fields that are not named here are not compared. */
  fields: Record<string, CompareOptions>;
  /** Pairs less alike than this are not matched: one is missing, the other made up. From 0 to 1. @default {0.5} */
  threshold?: number;
}

/**
 * A list of objects in any order: rows are matched by the best assignment of their mean field likeness;
 * the score is soft F1 = 2 x sum of likeness / (rows expected + rows predicted), and 1 for two empty lists.
 */
export const objects: Comparator<ObjectsOptions> = {
  canonical: (value, { fields }, nested) =>
    JSON.stringify(members(value).map((row) => canonicalRow(row, fields, nested)).sort()),
  likeness: (predicted, expected, { fields, threshold = 0.5 }, nested) => {
    const [given, wanted] = [members(predicted), members(expected)];
    if (given.length + wanted.length === 0) return { score: 1 };
    if (given.length === 0 || wanted.length === 0) return { score: 0 };
    const matrix = wanted.map((row) => given.map((other) => rowLikeness(other, row, fields, nested)));
    return { score: softF1(matrix, threshold) };
  },
};

/**
 * Soft F1 of a likeness matrix (rows expected, columns predicted) under the assignment with the largest sum.
 *
 * @param matrix Likeness of each pair, 0 to 1; at least one row and column.
 * @param threshold Pairs below it do not count.
 */
export function softF1(matrix: readonly (readonly number[])[], threshold = 0.5): number {
  const rows = matrix.length;
  const columns = matrix[0]?.length ?? 0;
  const kept = matrix.map((row) => row.map((value) => (value >= threshold ? value : 0)));
  const { rowAssignments } = linearSumAssignment(kept, { maximaze: true });
  const sum = Array.from(rowAssignments).reduce(
    (total, column, row) => total + (kept[row]?.[column] ?? 0),
    0,
  );
  return (2 * sum) / (rows + columns);
}

type FieldOptions = ObjectsOptions["fields"];

function member(row: unknown, name: string): unknown {
  return typeof row === "object" && row !== null && Object.hasOwn(row, name)
    ? (row as Record<string, unknown>)[name]
    : null;
}

function rowLikeness(
  given: unknown,
  wanted: unknown,
  fields: FieldOptions,
  nested: NestedComparator,
): number {
  const entries = Object.entries(fields);
  const sum = entries.reduce(
    (total, [name, by]) => total + nested.likeness(member(given, name), member(wanted, name), by).score,
    0,
  );
  return entries.length === 0 ? 0 : sum / entries.length;
}

function canonicalRow(row: unknown, fields: FieldOptions, nested: NestedComparator): string {
  return JSON.stringify(
    Object.entries(fields).map(([name, by]) => [name, nested.canonical(member(row, name), by)]),
  );
}
