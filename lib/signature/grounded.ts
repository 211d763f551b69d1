import { foldCharacters } from "./fold_characters.ts";
import { parseNumber } from "./parse_number.ts";

/**
 * Whether a value occurs in a source text, as a token of its own: Unicode NFKC, case and runs of spaces do
 * not matter; `KT-48213` does not occur in `KT-482130`. A number occurs in any spelling (`1,200` or `1.200,00` for
 * 1200), and 14 does not occur in `3.14`. Lists and objects are grounded when every member is.
 *
 * @example Usage
 * ```ts
 * import { isGrounded } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert(isGrounded("kt-48213", "My order KT-48213 is late"));
 * assert(!isGrounded("48213", "Call 0482137"));
 * assert(isGrounded(1200, "It cost 1,200 EUR"));
 * ```
 */
export function isGrounded(value: unknown, source: string): boolean {
  const haystack = fold(source);
  let numbers: Set<number> | undefined;
  const occurs = (part: unknown): boolean => {
    if (part === null || part === undefined) return true;
    if (typeof part === "object") return Object.values(part).every(occurs);
    if (typeof part === "number") return (numbers ??= numbersIn(haystack)).has(part);
    return hasToken(haystack, fold(String(part)));
  };
  return occurs(value);
}

function fold(text: string): string {
  return foldCharacters(text).toLowerCase().replace(/\s+/g, " ").trim();
}

function hasToken(haystack: string, needle: string): boolean {
  if (needle === "") return false;
  for (let at = haystack.indexOf(needle); at !== -1; at = haystack.indexOf(needle, at + 1)) {
    const before = haystack[at - 1] ?? " ";
    const after = haystack[at + needle.length] ?? " ";
    if (!joins(before, needle[0] ?? "") && !joins(needle.at(-1) ?? "", after)) return true;
  }
  return false;
}

// scripts without spaces between words: there a neighbour does not tell where a word ends
const SPACELESS = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}]/u;

function joins(left: string, right: string): boolean {
  return [left, right].every((side) => /[\p{L}\p{N}\p{M}]/u.test(side) && !SPACELESS.test(side));
}

/** Numbers that a text states, in English and continental spelling; dates and the like count by their pieces. */
function numbersIn(text: string): Set<number> {
  const spelled = /(?<![\p{L}\p{N}])[-+]?(?:\d+(?:[.,']\d+)*|\.\d+)/gu;
  const spaced = /(?<![\p{L}\p{N}.,])[-+]?\d{1,3}(?: \d{3})+(?:[.,]\d+)?(?!\d)/gu;
  const readings = [...text.matchAll(spelled), ...text.matchAll(spaced)].flatMap(([token]) => {
    const continental = /,\d{4}/.test(token)
      ? "" // `48213,48214` is a list
      : token.replace(/[. ](?=\d{3}(?!\d))/g, "").replace(",", ".");
    const whole = [parseNumber(token), parseNumber(continental)].filter((number) => number !== undefined);
    return whole.length > 0 ? whole : token.split(/[.,' ]/).map(parseNumber);
  });
  return new Set(readings.filter((number) => number !== undefined));
}
