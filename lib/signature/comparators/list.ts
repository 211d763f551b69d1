import type { Comparator } from "./comparator.ts";
import { type CollectionOptions, MEMBER, members } from "./set.ts";

/** Same members in the same order; the score is the share of positions that agree. */
export const list: Comparator<CollectionOptions> = {
  canonical: (value, { of = MEMBER }, nested) =>
    JSON.stringify(members(value).map((member) => nested.canonical(member, of))),
  likeness: (predicted, expected, { of = MEMBER }, nested) => {
    const [given, wanted] = [members(predicted), members(expected)];
    const length = Math.max(given.length, wanted.length);
    if (length === 0) return { score: 1 };
    const alike = wanted.filter((member, index) =>
      index < given.length && nested.likeness(given[index], member, of).score === 1
    );
    return { score: alike.length / length };
  },
};
