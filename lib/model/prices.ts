import type { Usage } from "./types.ts";

/** Price of a model in USD per million tokens, with its source and date. */
export interface Price {
  inputPerMillion: number;
  cachedInputPerMillion: number;
  outputPerMillion: number;
  /** Where the price was read. */
  source: string;
  /** Day on which it was read, ISO 8601. */
  asOf: string;
}

/** Own hardware: no price a request. Electricity and machine are not counted, and the source says so. */
export const OWN_HARDWARE: Price = {
  inputPerMillion: 0,
  cachedInputPerMillion: 0,
  outputPerMillion: 0,
  source: "own hardware, not counted",
  asOf: "2026-11-24",
};

const list = (inputPerMillion: number, cachedInputPerMillion: number, outputPerMillion: number): Price => ({
  inputPerMillion,
  cachedInputPerMillion,
  outputPerMillion,
  source: "OpenAI price list, standard tier",
  asOf: "2026-04-01",
});

/**
 * Known list prices by model name. A model that is not here has an unknown price, never 0; a task states
 * its own with the option `price` of the model.
 */
export const PRICES: Readonly<Record<string, Price>> = {
  "gpt-4.1": list(2, 0.5, 8),
  "gpt-4.1-mini": list(0.4, 0.1, 1.6),
  "gpt-4.1-nano": list(0.1, 0.025, 0.4),
  "gpt-4o": list(2.5, 1.25, 10),
  "gpt-4o-mini": list(0.15, 0.075, 0.6),
};

/**
 * Cost of a request in USD, or `null` when price or usage is unknown.
 *
 * @example Usage
 * ```ts
 * import { costUsd, PRICES } from "@lib/model/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const usage = { inputTokens: 1_000_000, cachedTokens: 0, outputTokens: 0, reasoningTokens: 0 };
 * assert.equal(costUsd(usage, PRICES["gpt-4o-mini"]), 0.15);
 * assert.equal(costUsd(usage, undefined), null);
 * ```
 */
export function costUsd(usage: Usage | null, price: Price | undefined): number | null {
  if (!usage || !price) return null;
  const fresh = Math.max(0, usage.inputTokens - usage.cachedTokens);
  const millionths = fresh * price.inputPerMillion + usage.cachedTokens * price.cachedInputPerMillion +
    usage.outputTokens * price.outputPerMillion;
  return millionths / 1e6;
}
