/** Entropy of how votes are spread over values. */
export interface VoteEntropy {
  /** -Σ p ln p, in nats, from 0 (all votes for one value). */
  nats: number;
  /** The same over ln n: 1 when each of n votes is for another value; 0 for a single vote. */
  normalised: number;
}

/**
 * Entropy of votes over values (Farquhar et al. 2024, Nature 630:625, the discrete version).
 *
 * @param counts Votes of each value, integers from 0; at least one vote in all.
 * @throws RangeError when there is no vote.
 * @example Usage
 * ```ts
 * import { voteEntropy } from "@lib/stats/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(voteEntropy([5, 3, 2]).nats.toFixed(6), "1.029653");
 * assert.equal(voteEntropy([4]).normalised, 0);
 * ```
 */
export function voteEntropy(counts: readonly number[]): VoteEntropy {
  const votes = counts.reduce((sum, count) => sum + count, 0);
  if (!(votes > 0)) throw new RangeError("Cannot compute an entropy of no votes");
  const nats = counts.reduce((sum, count) => {
    const share = count / votes;
    return share > 0 ? sum + share * Math.log(1 / share) : sum; // ln(1/p) keeps the 0 of a single value positive
  }, 0);
  return { nats, normalised: votes > 1 ? nats / Math.log(votes) : 0 };
}
