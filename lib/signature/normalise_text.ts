import { foldCharacters } from "./fold_characters.ts";

/**
 * Text reduced to what its reader compares: Unicode NFKC, lower case, single spaces, no sentence
 * punctuation. Signs, decimal points and separators before a digit stay, so `-5` and `5`, `3.14` and `314`,
 * `1/2` and `12` stay apart; articles stay, so `a` is an answer. A text of punctuation alone is kept.
 *
 * @example Usage
 * ```ts
 * import { normaliseText } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(normaliseText("  “Hello”,  World! "), "hello world");
 * assert.notEqual(normaliseText("3.14"), normaliseText("314"));
 * assert.equal(normaliseText("A."), "a");
 * ```
 */
export function normaliseText(text: string): string {
  const folded = foldCharacters(text).toLowerCase().normalize("NFKC"); // lower case may undo the composition
  const plain = folded
    .replace(/[.,:](?!\d)|[;!?"'“”‘’«»()[\]{}…]/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  return plain === "" ? folded.trim() : plain;
}
