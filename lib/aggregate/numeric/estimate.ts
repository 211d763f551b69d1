import { hodgesLehmann, median } from "../../stats/mod.ts";
import type { Point } from "./cluster.ts";

/** From this many numbers on the Hodges-Lehmann estimate is more precise than the median and as safe. */
const MANY = 9;

/**
 * The centre of a group of numbers: the median of up to eight, the Hodges-Lehmann estimate from nine. Where
 * the samples gave whole numbers or texts, a computed number might be no valid value of the field: then it is the
 * sampled value nearest to the centre; of two as near the one with more samples, then the one sampled first.
 */
export function estimate(group: readonly Point[]): unknown {
  const values = group.map(({ value }) => value);
  const centre = values.length < MANY ? median(values) : hodgesLehmann(values);
  const stated = group.filter(({ repaired }) => !repaired);
  const computable = stated.every((point) => typeof point.stated === "number") &&
    !stated.every((point) => Number.isInteger(point.value));
  if (computable || stated.length === 0) return centre;
  const distance = ({ value }: Point) => Math.abs(value - centre);
  const samples = ({ value }: Point) => values.filter((other) => other === value).length;
  const [nearest] = stated.toSorted((a, b) => distance(a) - distance(b) || samples(b) - samples(a));
  return nearest?.stated;
}
