import { InputError } from "../io/mod.ts";
import type { ModelSpec } from "../model/mod.ts";

/** Refuses a budget that is no amount. */
export function checkBudget(budgetUsd: number): void {
  if (budgetUsd > 0) return;
  throw new InputError("Bad budget", {
    where: "--budget-usd",
    found: String(budgetUsd),
    expected: "a number above 0",
  });
}

/** Refuses models whose price is unknown: no budget could be kept. */
export function checkPrices(models: readonly ModelSpec[]): void {
  const unknown = models.find((model) => !model.price);
  if (!unknown) return;
  throw new InputError(`The price of ${unknown.name} is unknown, so no budget can be kept`, {
    where: "--budget-usd",
    fix:
      "state it in the task: price: { inputPerMillion, cachedInputPerMillion, outputPerMillion, source, asOf }",
  });
}
