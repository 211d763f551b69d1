import { leadingValue } from "../leading_value.ts";
import { isTied, tally } from "../tally.ts";
import type { AggregatedField } from "../types.ts";
import type { Built, PartAggregator } from "./built.ts";
import { listMembers, memberCompare } from "./list_members.ts";

/**
 * Lists in their order: the length is voted on, then each position among the lists of that length, so that
 * a list that lacks a member does not shift the others.
 *
 * @param values Lists, at least one.
 */
export function byPosition(values: readonly unknown[], field: AggregatedField, of: PartAggregator): Built {
  const lists = values.map(listMembers);
  const lengths = tally(lists.map((list) => list.length), lists.map((list) => String(list.length)));
  const alike = lists.filter((list) => list.length === lengths[0]?.value);
  const compare = memberCompare(field.compare);
  const verdicts = (alike[0] ?? []).map((_, place) =>
    of(String(place), compare).aggregate(
      alike.map((list) => ({ status: "ok", value: list[place] })),
      { name: `${field.name}.${place}`, compare },
    )
  );
  return {
    value: verdicts.map(leadingValue),
    parts: Object.fromEntries(verdicts.map((part, place) => [String(place), part])),
    shares: [alike.length / lists.length],
    tied: isTied(lengths),
  };
}
