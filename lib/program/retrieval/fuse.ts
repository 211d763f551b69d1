/** An id with its fused score. */
export interface Fused {
  id: string;
  score: number;
}

/**
 * Reciprocal rank fusion (Cormack, Clarke and Büttcher 2009, SIGIR): the score of an id is the sum of 1 / (k + rank)
 * over the rankings that have it, ranks from 1. Scores of the rankings do not count, so they need no common scale.
 *
 * @param rankings Ids, best first.
 * @param k Damps the lead of the first ranks. @default {60, as in the paper}
 * @returns Best first; of equal scores the one with the better best rank, then the one of the earlier ranking.
 * @throws RangeError for an id twice in one ranking, or a negative `k`.
 * @example Usage
 * ```ts
 * import { fuse } from "@lib/program/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const fused = fuse([["a", "b", "c"], ["b", "d"]]);
 * assert.deepEqual(fused.map(({ id }) => id), ["b", "a", "d", "c"]);
 * assert.equal(fused[0]?.score, 1 / 61 + 1 / 62);
 * ```
 */
export function fuse(rankings: readonly (readonly string[])[], k = 60): Fused[] {
  if (!(k >= 0)) throw new RangeError(`Cannot fuse rankings as k must be >= 0: current value is ${k}`);
  if (rankings.some((ranking) => new Set(ranking).size !== ranking.length)) {
    throw new RangeError("Cannot fuse rankings as one of them has an id twice");
  }
  const ranks = new Map<string, number[]>();
  const longest = Math.max(0, ...rankings.map(({ length }) => length));
  for (let rank = 1; rank <= longest; rank++) { // by rank, so that the order of the map breaks ties
    for (const ranking of rankings) {
      const id = ranking[rank - 1];
      if (id !== undefined) ranks.set(id, [...ranks.get(id) ?? [], rank]);
    }
  }
  // the ranks of an id are ascending, so equal ranks have equal sums to the last bit
  return [...ranks]
    .map(([id, own]) => ({ id, score: own.reduce((sum, rank) => sum + 1 / (k + rank), 0) }))
    .sort((a, b) => b.score - a.score);
}
