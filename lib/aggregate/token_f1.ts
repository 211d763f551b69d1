import { normaliseText } from "../signature/mod.ts";

/** How often each word of a text occurs. */
export type WordCounts = ReadonlyMap<string, number>;

/**
 * F1 of the words of two texts after normalisation, repeats counted; the order plays no part.
 *
 * @returns From 0 (no word in common) to 1 (the same words); 1 for two texts without words.
 * @example Usage
 * ```ts
 * import { tokenF1 } from "@lib/aggregate/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(tokenF1("We refund the price", "the price, we refund!"), 1);
 * assert.equal(tokenF1("full refund", "no refund"), 0.5);
 * ```
 */
export function tokenF1(a: string, b: string): number {
  return countsF1(wordCounts(a), wordCounts(b));
}

/** The words of a text after normalisation. */
export function wordCounts(text: string): WordCounts {
  const counts = new Map<string, number>();
  for (const word of normaliseText(text).split(" ")) {
    if (word !== "") counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

/** {@linkcode tokenF1} of texts whose words are counted. */
export function countsF1(a: WordCounts, b: WordCounts): number {
  const total = sum(a.values()) + sum(b.values());
  const common = sum(a.entries().map(([word, count]) => Math.min(count, b.get(word) ?? 0)));
  return total === 0 ? 1 : (2 * common) / total;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
