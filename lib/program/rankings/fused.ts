import { sumForecasts } from "../forecast.ts";
import { fusedRetriever } from "../retrieval/mod.ts";
import type { Ranking } from "./ranking.ts";

/** Several rankings made into one by reciprocal rank fusion. */
export function fused(...rankings: readonly Ranking[]): Ranking {
  if (rankings.length < 2) {
    throw new RangeError(
      `Cannot fuse rankings as there must be at least 2: current number is ${rankings.length}`,
    );
  }
  return {
    name: "fused",
    describe: () => ({ ranking: "fused", of: rankings.map((ranking) => ranking.describe()) }),
    index: (corpus, scope) => fusedRetriever(rankings.map((ranking) => ranking.index(corpus, scope))),
    forecast: () => sumForecasts(rankings.flatMap((ranking) => ranking.forecast?.() ?? [])),
  };
}
