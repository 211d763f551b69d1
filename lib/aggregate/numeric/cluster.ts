import { median } from "../../stats/mod.ts";

/** A number with the sample it came from. */
export interface Point {
  /** Place among the samples, from 0. */
  readonly sample: number;
  /** In the unit of the field. */
  readonly value: number;
  /** What the sample said. */
  readonly stated: unknown;
  /** Whether its unit was repaired. */
  readonly repaired: boolean;
}

/**
 * Groups numbers: the number with the most others near it takes them all, then the same with the rest. Of
 * several with as many, the one closest to its neighbours is taken, then the one sampled first.
 *
 * @param near Whether a value counts as the same as a centre.
 * @returns Largest first, then in order of appearance; the points of each in order of appearance.
 */
export function cluster(
  points: readonly Point[],
  near: (value: number, centre: number) => boolean,
): readonly (readonly Point[])[] {
  const groups: (readonly Point[])[] = [];
  let rest = points;
  while (rest.length > 0) {
    const group = largestGroup(rest, near);
    groups.push(group);
    rest = rest.filter((point) => !group.includes(point));
  }
  return groups.sort((a, b) => b.length - a.length || firstOf(a) - firstOf(b));
}

/** The centre of a group. */
export function centreOf(group: readonly Point[]): number {
  return median(group.map(({ value }) => value));
}

function largestGroup(
  points: readonly Point[],
  near: (value: number, centre: number) => boolean,
): readonly Point[] {
  let best: readonly Point[] = [];
  let bestWidth = Infinity;
  for (const centre of points) {
    const group = points.filter((point) => point === centre || near(point.value, centre.value));
    const width = group.reduce((sum, point) => sum + Math.abs(point.value - centre.value), 0);
    if (group.length > best.length || (group.length === best.length && width < bestWidth)) {
      [best, bestWidth] = [group, width];
    }
  }
  return best;
}

function firstOf(group: readonly Point[]): number {
  return group[0]?.sample ?? Infinity;
}
