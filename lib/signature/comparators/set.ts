import type { CompareOptions } from "../comparators.ts";
import type { Comparator } from "./comparator.ts";

/** Options of the comparators `set` and `list`. */
export interface CollectionOptions {
  /** How members are compared. @default {{ by: "text" }} */
  of?: CompareOptions;
}

/** How members are compared when nothing is declared. */
export const MEMBER: CompareOptions = { by: "text" };

/** Same members in any order, doubles counted once; the score is F1 of the members, and 1 for two empty sets. */
export const set: Comparator<CollectionOptions> = {
  canonical: (value, { of = MEMBER }, nested) =>
    JSON.stringify([...new Set(members(value).map((member) => nested.canonical(member, of)))].sort()),
  likeness: (predicted, expected, { of = MEMBER }, nested) => {
    const wanted = distinct(members(expected), (a, b) => nested.likeness(a, b, of).score === 1);
    const given = distinct(members(predicted), (a, b) => nested.likeness(a, b, of).score === 1);
    if (wanted.length + given.length === 0) return { score: 1 };
    const left = [...wanted];
    for (const member of given) {
      const at = left.findIndex((candidate) => nested.likeness(member, candidate, of).score === 1);
      if (at !== -1) left.splice(at, 1);
    }
    return { score: (2 * (wanted.length - left.length)) / (wanted.length + given.length) };
  },
};

/** The members of a list value; a single value is a list of one. */
export function members(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function distinct(values: readonly unknown[], same: (a: unknown, b: unknown) => boolean): unknown[] {
  return values.reduce<unknown[]>(
    (kept, value) => kept.some((k) => same(value, k)) ? kept : [...kept, value],
    [],
  );
}
