import { likeness } from "../../signature/mod.ts";
import { centreOf, cluster, type Point } from "./cluster.ts";
import { isNear, type NumericCompare, unitFactors } from "./numeric_compare.ts";

/** Numbers in the unit of their field, as far as the field and the votes settle it. */
export interface RepairedUnits {
  readonly points: readonly Point[];
  /** Whether it is doubtful in which unit some of them are. */
  readonly ambiguous: boolean;
}

/** Factors that are looked for, and only reported, where a field declares none. */
const SUSPECTS: readonly number[] = [100, 1000];

/**
 * Rescales numbers that are off from the largest group by a factor that the field declares: 100 for
 * percentages, `unitFactors` for numbers. Where a field declares none, or two groups have as many votes, the
 * numbers are left as they are and reported. One thing outweighs votes: percentages are in points, so that of a
 * quantity stated both as a share of one and in points the points are right; that shares are in the majority is
 * reported.
 */
export function repairUnits(points: readonly Point[], compare: NumericCompare): RepairedUnits {
  const groups = cluster(points, (value, centre) => isNear(value, centre, compare));
  const factors = unitFactors(compare);
  const checked = factors.length > 0 ? compare : { ...compare, by: "number" as const, unitFactors: SUSPECTS };
  const isOff = (value: number, centre: number) => likeness(value, centre, checked).fault === "unit_error";
  const isScaled = (a: Group, b: Group) => isOff(centreOf(a), centreOf(b));
  const isShareOf = (a: Group, b: Group) => compare.by === "percent" && areShares(a, b) && isScaled(a, b);

  const [largest] = groups;
  if (!largest) return { points, ambiguous: false };
  const reference = groups.find((group) => isShareOf(largest, group)) ?? largest;
  const rivals = groups.filter((group) => group !== reference && isScaled(group, reference));
  const settled = rivals.every((rival) => rival.length < reference.length || isShareOf(rival, reference));
  if (factors.length === 0 || !settled) return { points, ambiguous: rivals.length > 0 };
  const centre = centreOf(reference);
  const repaired = points.map((point) =>
    reference.includes(point) || !isOff(point.value, centre)
      ? point
      : { ...point, value: rescale(point.value, centre, factors), repaired: true }
  );
  return { points: repaired, ambiguous: rivals.some(({ length }) => length > reference.length) };
}

type Group = readonly Point[];

/** Whether one group can be shares of one and another the points they stand for. */
function areShares(shares: Group, points: Group): boolean {
  return Math.abs(centreOf(shares)) <= 1 && Math.abs(centreOf(points)) > Math.abs(centreOf(shares));
}

function rescale(value: number, centre: number, factors: readonly number[]): number {
  const candidates = factors.flatMap((factor) => [value * factor, value / factor]);
  const distance = (candidate: number) => Math.abs(candidate - centre);
  const best = candidates.reduce((a, b) => (distance(b) < distance(a) ? b : a));
  return Number(best.toPrecision(12)); // 0.07 x 100 is 7.000000000000001
}
