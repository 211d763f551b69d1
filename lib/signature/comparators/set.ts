import type { CompareOptions } from "../comparators.ts";
import type { Comparator, NestedComparator } from "./comparator.ts";

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
    JSON.stringify([...distinct(value, of, nested).keys()].sort()),
  likeness: (predicted, expected, { of = MEMBER }, nested) => {
    const [given, wanted] = [distinct(predicted, of, nested), distinct(expected, of, nested)];
    if (given.size + wanted.size === 0) return { score: 1 };
    const pairs = mostPairs(given, wanted, (a, b) => nested.likeness(a, b, of).score === 1);
    return { score: (2 * pairs) / (given.size + wanted.size) };
  },
};

/** The members of a list value; a single value is a list of one. */
export function members(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

/** Members by their canonical text. Tolerances play no part: 1, 2 and 3 within 1 would merge in one order only. */
function distinct(value: unknown, of: CompareOptions, nested: NestedComparator): Map<string, unknown> {
  return new Map(members(value).map((member) => [nested.canonical(member, of), member]));
}

/**
 * The most members that can be paired one to one, so that the score does not depend on their order:
 * augmenting paths (Berge 1957) from the pairs with the same canonical text.
 */
function mostPairs(
  given: ReadonlyMap<string, unknown>,
  wanted: ReadonlyMap<string, unknown>,
  alike: (given: unknown, wanted: unknown) => boolean,
): number {
  const partners = new Map([...given.keys()].filter((key) => wanted.has(key)).map((key) => [key, key]));
  const pairUp = (key: string, tried: Set<string>): boolean => {
    for (const [candidate, member] of wanted) {
      if (tried.has(candidate) || !alike(given.get(key), member)) continue;
      tried.add(candidate);
      const partner = partners.get(candidate);
      if (partner === undefined || pairUp(partner, tried)) {
        partners.set(candidate, key);
        return true;
      }
    }
    return false;
  };
  for (const key of given.keys()) {
    if (!wanted.has(key)) pairUp(key, new Set());
  }
  return partners.size;
}
