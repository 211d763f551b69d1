import type { Case } from "../../dataset/mod.ts";
import type { Step } from "../../program/mod.ts";
import { normaliseText } from "../../signature/mod.ts";

/** Words in a row that make a quotation; whole texts of fewer words count from three on, marked values alone. */
const WORDS = 6;
const SIZES = [1, 3, 4, 5, WORDS];

/** Says which case a text quotes. */
export interface Quotes {
  /** Id of the case, or `undefined` when the text quotes none. */
  find(text: string): string | undefined;
}

/**
 * Finds quotations of cases in instructions: six words in a row of an input or a truth, a whole shorter one of at
 * least three words, or a value of a text field with a digit in it, such as an order number. A phrase that stands in
 * the known text, or that at least a tenth of all cases (and three) share, is nobody's.
 *
 * @param known Texts that may be repeated: the instructions and descriptions as they are.
 */
export function quotesOf(
  cases: readonly Case[],
  output: Step["signature"]["output"],
  known: readonly string[],
): Quotes {
  const allowed = new Set(known.flatMap((text) => SIZES.flatMap((size) => phrasesOf(wordsOf(text), size))));
  const owners = new Map<string, Set<string>>();
  const own = (phrase: string, id: string) => {
    if (allowed.has(phrase)) return;
    const ids = owners.get(phrase) ?? new Set();
    owners.set(phrase, ids.add(id));
  };
  const marked = new Set(output.filter(({ type }) => type.startsWith("text")).map(({ name }) => name));
  for (const { id, input, expected } of cases) {
    for (const text of [...textsIn(input), ...textsIn(expected)]) {
      const words = wordsOf(text);
      if (words.length >= 3) {
        for (const phrase of phrasesOf(words, Math.min(WORDS, words.length))) own(phrase, id);
      }
    }
    for (const [name, value] of Object.entries(expected)) {
      const word = typeof value === "string" && marked.has(name) ? normaliseText(value) : "";
      if (/\d/.test(word) && !word.includes(" ") && word.length >= 4) own(word, id);
    }
  }
  const shared = Math.max(3, cases.length / 10);
  return {
    find(text) {
      const words = wordsOf(text);
      for (const size of SIZES) {
        for (const phrase of phrasesOf(words, size)) {
          const ids = owners.get(phrase);
          const [id] = ids ?? [];
          if (ids && ids.size < shared) return id;
        }
      }
      return undefined;
    },
  };
}

function wordsOf(text: string): string[] {
  const folded = normaliseText(text);
  return folded === "" ? [] : folded.split(" ");
}

function phrasesOf(words: readonly string[], size: number): string[] {
  const last = words.length - size;
  return Array.from({ length: Math.max(0, last + 1) }, (_, at) => words.slice(at, at + size).join(" "));
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
