import type { Call } from "../model/mod.ts";

/** What some calls came to, stored ones with the price that they had. */
export interface Cost {
  calls: number;
  inputTokens: number;
  outputTokens: number;
  /** `null` when the price of one is unknown. */
  usd: number | null;
}

/** Nothing. */
export const NO_COST: Cost = { calls: 0, inputTokens: 0, outputTokens: 0, usd: 0 };

/** The cost of some calls; those without a reply cost nothing. */
export function costOf(calls: readonly Call[]): Cost {
  return sumCosts(calls.map(({ result, usage, costUsd }) => ({
    calls: 1,
    inputTokens: usage?.inputTokens ?? 0,
    outputTokens: usage?.outputTokens ?? 0,
    usd: result.ok ? costUsd : 0,
  })));
}

/** All costs together. */
export function sumCosts(costs: readonly Cost[]): Cost {
  return costs.reduce((sum, cost) => ({
    calls: sum.calls + cost.calls,
    inputTokens: sum.inputTokens + cost.inputTokens,
    outputTokens: sum.outputTokens + cost.outputTokens,
    usd: sum.usd === null || cost.usd === null ? null : sum.usd + cost.usd,
  }), NO_COST);
}
