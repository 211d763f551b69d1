import { normaliseText } from "../normalise_text.ts";
import type { Comparator } from "./comparator.ts";
import { plainText } from "./plain_text.ts";

/** Options of the comparator `text`. */
export interface TextOptions {
  /** Other wordings, both sides normalised before use, e.g. `{ "nyc": "New York" }`. @default {{}} */
  synonyms?: Record<string, string>;
}

/** Same text after normalisation: NFKC, case, spaces and sentence punctuation do not matter. */
export const text: Comparator<TextOptions> = {
  canonical: (value, options) => wording(value, options),
  likeness: (predicted, expected, options) => ({
    score: wording(predicted, options) === wording(expected, options) ? 1 : 0,
  }),
};

function wording(value: unknown, { synonyms = {} }: TextOptions): string {
  const plain = normaliseText(plainText(value));
  const match = Object.entries(synonyms).find(([from]) => normaliseText(from) === plain);
  return match ? normaliseText(match[1]) : plain;
}
