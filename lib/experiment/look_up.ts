import { EmbeddingNotStoredError, type ModelRequest, type ModelSpec, NotStoredError } from "../model/mod.ts";
import type { EarlierCase } from "../program/mod.ts";
import { foretellJudging } from "./foretell_judging.ts";
import type { Opener } from "./opener.ts";
import { judgeModels, type Plan } from "./plan.ts";
import { asEarlier, chainsOf, type Done, judgePrediction, keyOf, predictCase, type Work } from "./work.ts";

/** A request that is stored nowhere. */
type Missing = NotStoredError | EmbeddingNotStoredError;

/** What a run would find in the stores, and what it would have to ask. */
export interface LookUp {
  /** Cases, over cells and repeats, that are answered from the stores alone. */
  stored: number;
  /** Cases that need at least one live request. */
  missing: number;
  /** The first request that is stored nowhere. */
  first?: Missing;
  /** Missing cases by model name. */
  byModel: ReadonlyMap<string, number>;
  /** The models of the missing requests; that of a cell, or of a call of a workflow; and those of the judges after them. */
  models: readonly ModelSpec[];
  /**
   * Price of the missing first requests in USD, output at its limit, and of judging what they will answer; `null`
   * when a price is unknown.
   */
  atMostUsd: number | null;
}

/**
 * Runs a plan against the stores alone, to know before the first request what will be asked. A program that
 * needs a missing reply stops there, so `missing` counts cases, each of at least one request. After a missing case
 * of a session its later ones are missing too where they show its answer, as that is not known.
 *
 * @param open Opens a model that answers from the stores alone.
 * @param done Observations that need not be made.
 */
export async function lookUp(
  plan: Plan,
  open: Opener,
  done: Done,
): Promise<LookUp> {
  const counted = new Count();
  for (const chain of chainsOf(plan.cells, plan, done)) {
    const earlier: EarlierCase[] = [];
    for (const work of chain) {
      const known = done.has(keyOf(work));
      const tried = known ? { output: done.get(keyOf(work)) } : await tryStored(work, earlier, plan, open);
      if (!known) counted.add(tried, 1);
      earlier.push(asEarlier(work.case, tried.output));
    }
  }
  return counted.result(judgeModels(plan));
}

/**
 * The same where nothing is taken from a store: everything is missing. Only a few requests of each cell are
 * rendered, and their price is extrapolated.
 *
 * @param open Opens a model without stores.
 */
export async function allMissing(
  plan: Plan,
  open: Opener,
  done: Done,
): Promise<LookUp> {
  const counted = new Count();
  for (const cell of plan.cells) {
    const left = [...chainsOf([cell], plan, done)].flat().filter((work) => !done.has(keyOf(work)));
    const sample = left.slice(0, SAMPLED);
    for (const work of sample) {
      counted.add(await tryStored(work, [], plan, open), left.length / sample.length);
    }
  }
  return counted.result(judgeModels(plan));
}

const SAMPLED = 5;

class Count {
  #stored = 0;
  #missing = 0;
  #usd: number | null = 0;
  #first: Missing | undefined;
  readonly #byModel = new Map<string, number>();
  readonly #models = new Map<string, ModelSpec>();

  /** Counts a case `weight` times: as missing when something is, else as stored. */
  add({ missing: error, judgeUsd = 0 }: Tried, weight: number): void {
    if (!error) {
      this.#stored += weight;
      return;
    }
    this.#first ??= error;
    this.#missing += weight;
    const spec = error instanceof NotStoredError ? error.spec : error.spec.model;
    this.#byModel.set(spec.name, (this.#byModel.get(spec.name) ?? 0) + weight);
    this.#models.set(spec.name, spec);
    const price = error instanceof NotStoredError
      ? mostUsd(spec, error.request)
      : mostUsd(spec, { messages: error.texts.map((content) => ({ content })), maxTokens: 0 });
    this.#usd = this.#usd === null || price === null || judgeUsd === null
      ? null
      : this.#usd + weight * (price + judgeUsd);
  }

  /** @param judges Models that will be asked about what is missing. */
  result(judges: readonly ModelSpec[]): LookUp {
    for (const spec of this.#missing > 0 ? judges : []) this.#models.set(spec.name, spec);
    const byModel = new Map([...this.#byModel].map(([name, count]) => [name, Math.round(count)]));
    const [stored, missing] = [Math.round(this.#stored), Math.round(this.#missing)];
    const models = [...this.#models.values()];
    return {
      stored,
      missing,
      byModel,
      models,
      atMostUsd: this.#usd,
      ...(this.#first && { first: this.#first }),
    };
  }
}

interface Tried {
  missing?: Missing | undefined;
  output?: Readonly<Record<string, unknown>> | undefined;
  /** Price of judging what is missing; `null` is unknown. */
  judgeUsd?: number | null;
}

async function tryStored(
  work: Work,
  earlier: readonly EarlierCase[],
  plan: Plan,
  open: Opener,
): Promise<Tried> {
  const prediction = await unlessMissing(predictCase(work, earlier, plan, open));
  if (isMissing(prediction)) return { missing: prediction, judgeUsd: await judgingUsd(work, plan) };
  const judging = await unlessMissing(judgePrediction(work, prediction, plan, open));
  return {
    ...(prediction.status === "ok" && { output: prediction.output }),
    ...(isMissing(judging) && { missing: judging }),
  };
}

function isMissing(value: unknown): value is Missing {
  return value instanceof NotStoredError || value instanceof EmbeddingNotStoredError;
}

function unlessMissing<T>(work: Promise<T>): Promise<T | Missing> {
  return work.catch((error) => {
    if (isMissing(error)) return error;
    throw error;
  });
}

async function judgingUsd({ case: entry }: Work, plan: Plan): Promise<number | null> {
  const prices = (await foretellJudging(plan, entry)).map(({ spec, request }) => mostUsd(spec, request));
  return prices.reduce<number | null>(
    (sum, price) => sum === null || price === null ? null : sum + price,
    0,
  );
}

interface Asked {
  messages: readonly Pick<ModelRequest["messages"][number], "content" | "images">[];
  maxTokens: number;
}

/** Most that a request can cost: a token for every three characters sent, and the whole token limit received. */
function mostUsd({ price }: ModelSpec, { messages, maxTokens }: Asked): number | null {
  if (!price) return null;
  // how many tokens a picture counts for differs from model to model
  if (price.inputPerMillion > 0 && messages.some(({ images }) => images)) return null;
  const characters = messages.reduce((sum, { content }) => sum + content.length, 0);
  return (characters / 3 * price.inputPerMillion + maxTokens * price.outputPerMillion) / 1e6;
}
