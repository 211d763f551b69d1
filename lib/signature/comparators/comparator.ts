/** How alike a predicted value is to the expected one. */
export interface Likeness {
  /** From 0 (nothing in common) to 1 (the same, in this comparator's sense). Only 1 counts as correct. */
  score: number;
  /** A wrong value whose cause is known: the right number in another unit (x100). */
  fault?: "unit_error";
}

/**
 * How values of a field are compared. Votes use {@linkcode Comparator.canonical}, scoring uses
 * {@linkcode Comparator.likeness}. Both see values that are neither `null` nor `undefined`.
 *
 * A new comparator is one file beside this one and one line in `../comparators.ts`.
 */
export interface Comparator<Options> {
  /** A text that is the same for values that count as the same vote. */
  canonical(value: unknown, options: Options, nested: NestedComparator): string;
  /** Likeness of a predicted value to the expected one. */
  likeness(predicted: unknown, expected: unknown, options: Options, nested: NestedComparator): Likeness;
}

/** The comparator of the parts of a value (members of a set, fields of an object), handed in to avoid a cycle. */
export interface NestedComparator {
  /** Canonical text of a part; `null` has one of its own. */
  canonical(value: unknown, options: { by: string }): string;
  /** Likeness of a part; two absent parts are alike. */
  likeness(predicted: unknown, expected: unknown, options: { by: string }): Likeness;
}
