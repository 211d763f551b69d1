import { linearSumAssignment } from "linear-sum-assignment";
import { type CompareOptions, likeness } from "../../signature/mod.ts";

/** The same row as several samples have it, at most one of each. */
export type MatchedRow = readonly unknown[];

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
  const known: unknown[][] = [];
  for (const list of lists) {
    const partners = assign(list, known.map(([first]) => first), compare);
    list.forEach((row, index) => {
      const partner = known[partners[index] ?? -1];
      if (partner) partner.push(row);
      else known.push([row]);
    });
  }
  return known;
}

/** Place of the partner of each row among the known ones; none where they are too little alike. */
function assign(
  rows: readonly unknown[],
  known: readonly unknown[],
  compare: CompareOptions,
): readonly (number | undefined)[] {
  if (rows.length === 0 || known.length === 0) return rows.map(() => undefined);
  const matrix = rows.map((row) => known.map((other) => likeness([row], [other], compare).score));
  const { rowAssignments } = linearSumAssignment(matrix, { maximaze: true });
  return matrix.map((scores, row) => {
    const column = rowAssignments[row];
    return column !== undefined && (scores[column] ?? 0) > 0 ? column : undefined;
  });
}
