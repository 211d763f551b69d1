import { canonicalValue } from "../../signature/mod.ts";
import { medianInterval } from "../../stats/mod.ts";
import type { Answer } from "../answers.ts";
import { isTied, tally } from "../tally.ts";
import type { CentreInterval, UnitRepair, VerdictFlag, Vote } from "../types.ts";
import type { Finding } from "../verdict.ts";
import { voteKeys } from "../vote_keys.ts";
import { cluster, type Point } from "./cluster.ts";
import { estimate } from "./estimate.ts";
import { isNear, type NumericCompare } from "./numeric_compare.ts";
import { readQuantities } from "./read_quantities.ts";
import { repairUnits } from "./repair_units.ts";
import { spreadOf } from "./spread_of.ts";

/** What samples of a number come to. */
export interface ControlledNumber {
  /** The largest group; `undefined` when there is no answer. */
  top: Vote | undefined;
  /** Whether at least half of that group stated it in the field's own unit. */
  unaided: boolean;
  finding: Finding;
}

/** Reads numbers, repairs their units, groups them by the tolerance, and describes how they agree. */
export function controlLoop(answers: readonly Answer[], compare: NumericCompare): ControlledNumber {
  const values = answers.map(({ value }) => value);
  const quantities = readQuantities(values, compare.by);
  const stated = answers.flatMap(({ sample, value }, index): Point[] => {
    const quantity = quantities[index];
    return quantity ? [{ sample, value: quantity.value, stated: value, repaired: false }] : [];
  });
  const { points, ambiguous } = repairUnits(stated, compare);
  const others = answers.filter((_, index) => quantities[index] === undefined);
  const groups = [...numberGroups(points, compare), ...otherGroups(others, compare)]
    .sort((a, b) => b.count - a.count || a.first - b.first);
  const flags: VerdictFlag[] = [];
  if (isTied(groups)) flags.push("tie");
  if (ambiguous) flags.push("unit_ambiguous");
  if (quantities.some((quantity) => quantity?.range)) flags.push("range");
  const [top] = groups;
  const repaired = top?.points.filter((point) => point.repaired).length ?? 0;
  return {
    top,
    unaided: 2 * repaired <= (top?.count ?? 0),
    finding: {
      share: top ? top.count / answers.length : 0,
      votes: tally(values, voteKeys(values, compare)),
      flags,
      modes: groups.map(({ value, count }) => ({ value, count })),
      ...describeNumbers(stated, points, compare),
      ...intervalOf(top?.points ?? []),
    },
  };
}

interface Group extends Vote {
  points: readonly Point[];
  /** Place of its first sample. */
  first: number;
}

function numberGroups(points: readonly Point[], compare: NumericCompare): Group[] {
  return cluster(points, (value, centre) => isNear(value, centre, compare)).map((group) => ({
    value: estimate(group),
    count: group.length,
    points: group,
    first: group[0]?.sample ?? 0,
  }));
}

/** `null` is a group of its own, and so is each text that states no number. */
function otherGroups(answers: readonly Answer[], compare: NumericCompare): Group[] {
  const groups = Map.groupBy(answers, ({ value }) => canonicalValue(value, compare));
  return [...groups.values()].map((group) => ({
    value: group[0]?.value,
    count: group.length,
    points: [],
    first: group[0]?.sample ?? 0,
  }));
}

function describeNumbers(stated: readonly Point[], points: readonly Point[], compare: NumericCompare) {
  if (points.length === 0) return {};
  const spread = spreadOf(points.map(({ value }) => value), compare);
  const repairs = points.filter(({ repaired }) => repaired)
    .map((point): UnitRepair => ({ sample: point.sample, stated: point.stated, value: point.value }));
  if (repairs.length === 0) return { spread };
  return { spread, statedSpread: spreadOf(stated.map(({ value }) => value), compare), repairs };
}

function intervalOf(group: readonly Point[]): { interval?: CentreInterval } {
  const found = medianInterval(group.map(({ value }) => value));
  if (!found) return {};
  const [low, high] = found.interval;
  return { interval: { low, high, coverage: found.coverage } };
}
