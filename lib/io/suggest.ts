/**
 * The known name that is most likely meant by a mistyped one, by edit distance (Levenshtein 1966),
 * or `undefined` when none is near: more than a third of the longer name differs.
 *
 * @example Usage
 * ```ts
 * import { suggest } from "@lib/io/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(suggest("predcit", ["predict", "cot"]), "predict");
 * assert.equal(suggest("zzz", ["predict", "cot"]), undefined);
 * ```
 */
export function suggest(name: string, known: readonly string[]): string | undefined {
  const scored = known
    .map((candidate) => ({ candidate, distance: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(name.length, candidate.length) / 3)
    .sort((a, b) => a.distance - b.distance);
  return scored[0]?.candidate;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
