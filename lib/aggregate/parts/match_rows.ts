import { linearSumAssignment } from "linear-sum-assignment";
import { canonicalValue, type CompareOptions, likeness } from "../../signature/mod.ts";

/** The same row as several samples have it, at most one of each; the first stands for it. */
export type MatchedRow = readonly unknown[];

interface Row {
  value: unknown;
  key: string;
}

/**
 * Finds the rows of several lists that are the same: list by list, rows are matched one to one to those known so
 * far by the assignment with the largest likeness; a row that no known one is like enough is a new one.
 *
 * @param lists Rows of each sample; begin with the one that is most like the others.
 * @param compare The comparator of the rows, with its threshold.
 */
export function matchRows(
  lists: readonly (readonly unknown[])[],
  compare: CompareOptions,
): readonly MatchedRow[] {
  const known: { first: Row; matched: unknown[] }[] = [];
  for (const list of lists) {
    const rows = list.map((value) => ({ value, key: canonicalValue([value], compare) }));
    const partners = assign(rows, known.map(({ first }) => first), compare);
    rows.forEach((row, index) => {
      const partner = known[partners[index] ?? -1];
      if (partner) partner.matched.push(row.value);
      else known.push({ first: row, matched: [row.value] });
    });
  }
  return known.map(({ matched }) => matched);
}

/** Place of the partner of each row among the known ones; none where they are too little alike. */
function assign(
  rows: readonly Row[],
  known: readonly Row[],
  compare: CompareOptions,
): readonly (number | undefined)[] {
  if (rows.length === 0 || known.length === 0) return rows.map(() => undefined);
  const alike = (row: Row, other: Row) =>
    row.key === other.key ? 1 : likeness([row.value], [other.value], compare).score;
  const matrix = rows.map((row) => known.map((other) => alike(row, other)));
  const { rowAssignments } = linearSumAssignment(matrix, { maximaze: true });
  return matrix.map((scores, row) => {
    const column = rowAssignments[row];
    return column !== undefined && (scores[column] ?? 0) > 0 ? column : undefined;
  });
}
