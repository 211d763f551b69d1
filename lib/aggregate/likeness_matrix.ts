import { type CompareOptions, likeness } from "../signature/mod.ts";
import { countsF1, wordCounts } from "./token_f1.ts";

/**
 * How alike values are in pairs, from 0 to 1: as the comparator says, and texts at least as their words are.
 * The matrix is symmetric.
 */
export function likenessMatrix(
  values: readonly unknown[],
  compare: CompareOptions,
): readonly (readonly number[])[] {
  const words = values.map((value) => (typeof value === "string" ? wordCounts(value) : undefined));
  const alike = (row: number, column: number) => {
    const { score } = likeness(values[row], values[column], compare);
    const [a, b] = [words[row], words[column]];
    return a && b ? Math.max(score, countsF1(a, b)) : score;
  };
  const below = values.map((_, row) => values.slice(0, row).map((_, column) => alike(row, column)));
  return values.map((_, row) =>
    values.map((_, column) => row === column ? 1 : below[Math.max(row, column)]?.[Math.min(row, column)] ?? 0)
  );
}
