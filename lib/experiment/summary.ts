import type { Call } from "../model/mod.ts";
import { CATEGORIES, type Category, METRICS } from "../scoring/mod.ts";
import { clusteredInterval, type Interval, quantile } from "../stats/mod.ts";
import { readJournal, type RunStatus } from "./journal.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import type { Observation } from "./observation.ts";

/** A rate with all that is needed to read it. */
export interface Rate {
  /** Numerator. */
  passed: number;
  /** Denominator: observations, failed ones included. */
  total: number;
  rate: number;
  /** 95%: Wilson's interval at the effective number of cases. */
  interval: Interval;
  /** Independent observations of the same precision: repeats of a case are not independent. */
  effectiveN: number;
}

/** Every number of one cell, computed from the journal. */
export interface CellSummary {
  id: string;
  variant: string;
  prompt: string;
  model: string;
  /** Cases x repeats of the plan. */
  planned: number;
  /** Observations in the journal. */
  observed: number;
  /** Different cases among them. */
  cases: number;
  /** Share of observations with every field correct. */
  accuracy: Rate;
  /** Observations by category; they add up to `observed`. */
  categories: Readonly<Record<Category, number>>;
  /** Per output field: share correct, and observations by outcome. */
  fields: Readonly<Record<string, Rate & { outcomes: Readonly<Record<string, number>> }>>;
  /** Per metric: mean over the observations that have it, their number, and how many had an error in it. */
  metrics: Readonly<Record<string, { mean: number | null; n: number; errors: number }>>;
  /** ms of the answering attempts of a case, summed over its calls; queue, back-off and failed attempts are not in it. */
  latencyMs: { p50: number; p95: number; n: number } | null;
  /** Price of all calls, USD; `null` when the price of one is unknown. */
  costUsd: number | null;
  /** Price of the calls that were live in this run, USD, as far as known. */
  incurredUsd: number;
  tokens: { input: number; cached: number; output: number; reasoning: number; unknownCalls: number };
  calls: {
    total: number;
    live: number;
    cache: number;
    recording: number;
    failedAttempts: number;
    corrections: number;
  };
}

/** A run with the numbers of its cells. */
export interface RunSummary {
  manifest: Manifest;
  /** How it ended last; `interrupted` when it was killed. */
  status: RunStatus;
  startedAt: string;
  endedAt: string;
  cells: readonly CellSummary[];
}

interface Tally {
  observed: number;
  categories: Map<Category, number>;
  passedByCase: Map<string, { passed: number; total: number }>;
  fields: Map<
    string,
    { byCase: Map<string, { passed: number; total: number }>; outcomes: Map<string, number> }
  >;
  metrics: Map<string, { sum: number; n: number; errors: number }>;
  latencies: number[];
  costUsd: number | null;
  incurredUsd: number;
  tokens: { input: number; cached: number; output: number; reasoning: number; unknownCalls: number };
  calls: {
    total: number;
    live: number;
    cache: number;
    recording: number;
    failedAttempts: number;
    corrections: number;
  };
}

/**
 * Recomputes every number of a run from its journal.
 *
 * @param folder Folder of the run.
 * @throws InputError for a damaged journal.
 */
export async function summarizeRun(folder: string): Promise<RunSummary> {
  const manifest = await readManifest(folder);
  const tallies = new Map(manifest.cells.map(({ id }) => [id, emptyTally()]));
  let status: RunStatus = "interrupted";
  let [startedAt, endedAt] = [manifest.createdAt, manifest.createdAt];
  for await (const line of readJournal(folder, { cells: new Set(tallies.keys()) })) {
    if (line.type === "start") status = "interrupted";
    if (line.type === "end") {
      status = line.status;
      endedAt = line.at;
    }
    const tally = line.type === "observation" ? tallies.get(line.cell) : undefined;
    if (line.type !== "observation" || !tally) continue;
    endedAt = line.at;
    count(tally, line);
  }
  const planned = manifest.cases * manifest.repeats;
  const cells = manifest.cells.flatMap(({ id, variant, prompt, model }) => {
    const tally = tallies.get(id);
    return tally && tally.observed > 0 ? [finish({ id, variant, prompt, model, planned }, tally)] : [];
  });
  return { manifest, status, startedAt, endedAt, cells };
}

function emptyTally(): Tally {
  return {
    observed: 0,
    categories: new Map(),
    passedByCase: new Map(),
    fields: new Map(),
    metrics: new Map(),
    latencies: [],
    costUsd: 0,
    incurredUsd: 0,
    tokens: { input: 0, cached: 0, output: 0, reasoning: 0, unknownCalls: 0 },
    calls: { total: 0, live: 0, cache: 0, recording: 0, failedAttempts: 0, corrections: 0 },
  };
}

function count(tally: Tally, { case: id, calls, score, prediction }: Observation): void {
  tally.observed++;
  tally.categories.set(score.category, (tally.categories.get(score.category) ?? 0) + 1);
  addPassed(tally.passedByCase, id, score.category === "correct");
  for (const [name, { outcome }] of Object.entries(score.fields)) {
    const field = tally.fields.get(name) ?? { byCase: new Map(), outcomes: new Map() };
    tally.fields.set(name, field);
    addPassed(field.byCase, id, outcome === "correct");
    field.outcomes.set(outcome, (field.outcomes.get(outcome) ?? 0) + 1);
  }
  for (const [name, value] of Object.entries(score.metrics)) {
    const metric = tally.metrics.get(name) ?? { sum: 0, n: 0, errors: 0 };
    tally.metrics.set(name, metric);
    if (typeof value === "number") {
      metric.sum += value;
      metric.n++;
    } else metric.errors++;
  }
  if (prediction.status !== "failed" || calls.every(({ result }) => result.ok)) {
    tally.latencies.push(
      calls.reduce((sum, { timing }) => sum + (timing.attempts.at(-1)?.durationMs ?? 0), 0),
    );
  }
  for (const call of calls) countCall(tally, call);
}

function countCall(tally: Tally, call: Call): void {
  tally.calls.total++;
  tally.calls[call.source]++;
  tally.calls.failedAttempts += call.timing.attempts.filter(({ fault }) => fault).length;
  if (call.path.at(-1)?.startsWith("correction ")) tally.calls.corrections++;
  if (call.usage) {
    tally.tokens.input += call.usage.inputTokens;
    tally.tokens.cached += call.usage.cachedTokens;
    tally.tokens.output += call.usage.outputTokens;
    tally.tokens.reasoning += call.usage.reasoningTokens;
  } else tally.tokens.unknownCalls++;
  tally.costUsd = tally.costUsd === null || call.costUsd === null ? null : tally.costUsd + call.costUsd;
  if (call.source === "live") tally.incurredUsd += call.costUsd ?? 0;
}

function addPassed(
  byCase: Map<string, { passed: number; total: number }>,
  id: string,
  passed: boolean,
): void {
  const entry = byCase.get(id) ?? { passed: 0, total: 0 };
  entry.passed += passed ? 1 : 0;
  entry.total++;
  byCase.set(id, entry);
}

type CellName = Pick<CellSummary, "id" | "variant" | "prompt" | "model" | "planned">;

function finish(name: CellName, tally: Tally): CellSummary {
  const sorted = tally.latencies.sort((a, b) => a - b);
  const fields = [...tally.fields].map(([field, { byCase, outcomes }]) => [
    field,
    { ...rateOf(byCase), outcomes: Object.fromEntries(outcomes) },
  ]);
  const metrics = Object.keys(METRICS).flatMap((metric) => {
    const { sum, n, errors } = tally.metrics.get(metric) ?? { sum: 0, n: 0, errors: 0 };
    return [[metric, { mean: n > 0 ? sum / n : null, n, errors }]];
  });
  return {
    ...name,
    observed: tally.observed,
    cases: tally.passedByCase.size,
    accuracy: rateOf(tally.passedByCase),
    categories: Object.fromEntries(CATEGORIES.map((key) => [key, tally.categories.get(key) ?? 0])) as Record<
      Category,
      number
    >,
    fields: Object.fromEntries(fields),
    metrics: Object.fromEntries(metrics),
    latencyMs: sorted.length > 0
      ? { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), n: sorted.length }
      : null,
    costUsd: tally.costUsd,
    incurredUsd: tally.incurredUsd,
    tokens: tally.tokens,
    calls: tally.calls,
  };
}

function rateOf(byCase: ReadonlyMap<string, { passed: number; total: number }>): Rate {
  const clusters = [...byCase.values()];
  const { rate, interval, effectiveN } = clusteredInterval(clusters);
  return {
    passed: clusters.reduce((sum, { passed }) => sum + passed, 0),
    total: clusters.reduce((sum, { total }) => sum + total, 0),
    rate,
    interval,
    effectiveN,
  };
}
