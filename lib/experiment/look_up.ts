import { type Model, type ModelRequest, type ModelSpec, NotStoredError } from "../model/mod.ts";
import type { Plan } from "./plan.ts";
import { predictCase } from "./runner.ts";
import { observationKey } from "./observation.ts";

/** What a run would find in the stores, and what it would have to ask. */
export interface LookUp {
  /** Cases, over cells and repeats, that are answered from the stores alone. */
  stored: number;
  /** Cases that need at least one live request. */
  missing: number;
  /** The first request that is stored nowhere. */
  first?: NotStoredError;
  /** Missing cases by model name. */
  byModel: ReadonlyMap<string, number>;
  /** Price of the missing first requests in USD, output at its limit; `null` when a price is unknown. */
  atMostUsd: number | null;
}

/**
 * Runs a plan against the stores alone, to know before the first request what will be asked. A program that
 * needs a missing reply stops there, so `missing` counts cases, each of at least one request.
 *
 * @param open Opens a model that answers from the stores alone, or never.
 * @param done Keys of observations that need not be made.
 */
export async function lookUp(
  plan: Plan,
  open: (spec: ModelSpec) => Model,
  done: ReadonlySet<string>,
): Promise<LookUp> {
  const byModel = new Map<string, number>();
  let stored = 0;
  let missing = 0;
  let usd: number | null = 0;
  let first: NotStoredError | undefined;
  for (const cell of plan.cells) {
    for (let repeat = 0; repeat < plan.repeats; repeat++) {
      for (const entry of plan.cases) {
        if (done.has(observationKey({ cell: cell.id, case: entry.id, repeat }))) continue;
        try {
          await predictCase({ cell, case: entry, repeat }, plan, open);
          stored++;
        } catch (error) {
          if (!(error instanceof NotStoredError)) throw error;
          first ??= error;
          missing++;
          byModel.set(error.spec.name, (byModel.get(error.spec.name) ?? 0) + 1);
          const price = mostUsd(error.spec, error.request);
          usd = usd === null || price === null ? null : usd + price;
        }
      }
    }
  }
  return { stored, missing, byModel, atMostUsd: usd, ...(first && { first }) };
}

/** Most that a request can cost: a token for every three characters sent, and the whole token limit received. */
function mostUsd({ price }: ModelSpec, { messages, maxTokens }: ModelRequest): number | null {
  if (!price) return null;
  const characters = messages.reduce((sum, { content }) => sum + content.length, 0);
  return (characters / 3 * price.inputPerMillion + maxTokens * price.outputPerMillion) / 1e6;
}
