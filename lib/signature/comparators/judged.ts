import { normaliseText } from "../normalise_text.ts";
import type { Comparator } from "./comparator.ts";
import { plainText } from "./plain_text.ts";

/** Options of the comparator `judge`. */
export interface JudgedOptions {
  /** Name of the judge that decides, among those that the task holds. */
  judge: string;
}

/**
 * Open text that a judge decides about. Here only the sameness that needs no judge: the text of the reference
 * after normalisation. A text that differs from it may be as good, which likeness cannot say.
 */
export const judged: Comparator<JudgedOptions> = {
  canonical: (value) => normaliseText(plainText(value)),
  likeness: (predicted, expected) => ({
    score: normaliseText(plainText(predicted)) === normaliseText(plainText(expected)) ? 1 : 0,
  }),
};
