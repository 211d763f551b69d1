import { canonicalJson } from "../../io/mod.ts";
import type { Comparator } from "./comparator.ts";

/** Options of the comparator `exact`: none. */
export type ExactOptions = Record<never, never>;

/** Same data, byte for byte: `"-5"` is not `"5"`, `"A"` is not `"a"`. */
export const exact: Comparator<ExactOptions> = {
  canonical: (value) => canonicalJson(value),
  likeness: (predicted, expected) => ({
    score: canonicalJson(predicted) === canonicalJson(expected) ? 1 : 0,
  }),
};
