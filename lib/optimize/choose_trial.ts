import { compareTrials, comparisonText, LEVEL } from "./compare_trials.ts";
import type { Choice, Trial } from "./types.ts";

/**
 * The cheapest candidate that cannot be told from the one with most cases right: a dearer one must earn its price.
 * Each cheaper candidate is compared with the best one, case by case, at 5% over all of these comparisons. The first
 * trial is the program as it stands; trials that a limit cut short have no evidence.
 */
export function chooseTrial(trials: readonly Trial[]): Choice {
  const measured = trials.filter(({ complete }) => complete);
  const byPrice = measured.toSorted((a, b) => usdOf(a) - usdOf(b) || tokensOf(a) - tokensOf(b));
  const best = byPrice.toSorted((a, b) => b.right - a.right)[0];
  if (!best) return { chosen: undefined, verdict: "nothing was measured to its end" };
  const cheaper = byPrice.slice(0, byPrice.indexOf(best));
  const comparisons = cheaper.map((trial) => compareTrials(best, trial, cheaper.length));
  const place = comparisons.findIndex(({ p }) => p >= LEVEL);
  const rule = "the cheapest candidate that cannot be told from the best";
  const comparison = comparisons[place];
  const same = cheaper[place];
  if (comparison && same) {
    const verdict = `${rule}: ${same.candidate.name}. ${comparisonText(comparison)}`;
    return { chosen: same.candidate, verdict, comparison };
  }
  const [first] = measured;
  const name = best.candidate.name;
  if (!first || first === best) {
    return { chosen: best.candidate, verdict: `${rule}: ${name}, which none beats` };
  }
  const against = compareTrials(best, first, Math.max(1, cheaper.length));
  const verdict = cheaper.length === 0
    ? `${rule}: ${name}, as none is cheaper. ${comparisonText(against)}`
    : `${rule}: ${name}, told from every cheaper one. ${comparisonText(against)}`;
  return { chosen: best.candidate, verdict, comparison: against };
}

/** USD a case; an unknown price is no reason to choose. */
function usdOf({ cost, runs }: Trial): number {
  return (cost.usd ?? 0) / runs.length;
}

function tokensOf({ cost, runs }: Trial): number {
  return (cost.inputTokens + cost.outputTokens) / runs.length;
}
