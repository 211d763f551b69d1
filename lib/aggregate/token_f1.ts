import { normaliseText } from "../signature/mod.ts";

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
  const [left, right] = [wordsOf(a), wordsOf(b)];
  if (left.length + right.length === 0) return 1;
  const open = new Map<string, number>();
  for (const word of left) open.set(word, (open.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of right) {
    const count = open.get(word) ?? 0;
    if (count === 0) continue;
    open.set(word, count - 1);
    common++;
  }
  return (2 * common) / (left.length + right.length);
}

function wordsOf(text: string): string[] {
  return normaliseText(text).split(" ").filter((word) => word !== "");
}
