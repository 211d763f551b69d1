import type { Comparator } from "./comparator.ts";
import { plainText } from "./plain_text.ts";

/** Options of the comparator `enum`. */
export interface EnumOptions {
  /** Other spellings of a label, in lower case, e.g. `{ "e-mail": "email" }`. @default {{}} */
  synonyms?: Record<string, string>;
}

/** One of a closed list of labels; case and outer spaces do not matter. */
export const enumeration: Comparator<EnumOptions> = {
  canonical: (value, options) => label(value, options),
  likeness: (predicted, expected, options) => ({
    score: label(predicted, options) === label(expected, options) ? 1 : 0,
  }),
};

function label(value: unknown, { synonyms = {} }: EnumOptions): string {
  const text = plainText(value).normalize("NFKC").trim().toLowerCase();
  return Object.hasOwn(synonyms, text) ? String(synonyms[text]).toLowerCase() : text;
}
