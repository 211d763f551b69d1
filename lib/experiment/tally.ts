import type { Call } from "../model/mod.ts";
import type { Category } from "../scoring/mod.ts";
import type { Observation } from "./observation.ts";

/** Passed and scored observations of a case. */
export interface Passed {
  passed: number;
  total: number;
}

/** Tokens of all calls, as far as the providers reported them. */
export interface TokenCounts {
  input: number;
  /** Input tokens served from the provider's cache; they are in `input` too. */
  cached: number;
  output: number;
  /** Output tokens spent on hidden reasoning; they are in `output` too. */
  reasoning: number;
  /** Calls whose tokens are not known. */
  unknownCalls: number;
}

/** Calls by where their replies came from, with what went wrong on the way. */
export interface CallCounts {
  total: number;
  live: number;
  cache: number;
  recording: number;
  failedAttempts: number;
  corrections: number;
}

/** What is counted of requests; those of judges are counted apart from the task's own. */
export interface CallTally {
  costUsd: number | null;
  incurredUsd: number;
  tokens: TokenCounts;
  calls: CallCounts;
  /** ms of the answering attempts, summed over the calls of a case. */
  latencies: number[];
}

/** What is counted of judges. */
export interface JudgeTally extends CallTally {
  passed: number;
  failed: number;
  /** Judges that gave no verdict. */
  errors: number;
}

/** What is counted of one cell while its journal is read. */
export interface Tally extends CallTally {
  observed: number;
  categories: Map<Category, number>;
  passedByCase: Map<string, Passed>;
  fields: Map<
    string,
    { byCase: Map<string, Passed>; outcomes: Map<string, number> }
  >;
  metrics: Map<string, { sum: number; n: number; errors: number }>;
  /** None while no judge was asked. */
  judge?: JudgeTally;
}

/** A tally of nothing. */
export function emptyTally(): Tally {
  return {
    observed: 0,
    categories: new Map(),
    passedByCase: new Map(),
    fields: new Map(),
    metrics: new Map(),
    ...emptyCallTally(),
  };
}

function emptyCallTally(): CallTally {
  return {
    latencies: [],
    costUsd: 0,
    incurredUsd: 0,
    tokens: { input: 0, cached: 0, output: 0, reasoning: 0, unknownCalls: 0 },
    calls: { total: 0, live: 0, cache: 0, recording: 0, failedAttempts: 0, corrections: 0 },
  };
}

/** Counts one observation. */
export function count(tally: Tally, { case: id, calls, judge, score, prediction }: Observation): void {
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
    tally.latencies.push(answeringMs(calls));
  }
  for (const call of calls) countCall(tally, call);
  if (judge) countJudge(tally.judge ??= { passed: 0, failed: 0, errors: 0, ...emptyCallTally() }, judge);
}

function countJudge(tally: JudgeTally, { verdicts, calls }: NonNullable<Observation["judge"]>): void {
  for (const said of Object.values(verdicts)) {
    if (said.status !== "ok") tally.errors++;
    else if (said.output.verdict === "pass") tally.passed++;
    else tally.failed++;
  }
  if (calls.some(({ result }) => result.ok)) tally.latencies.push(answeringMs(calls));
  for (const call of calls) countCall(tally, call);
}

function answeringMs(calls: readonly Call[]): number {
  return calls.reduce(
    (sum, { result, timing }) => sum + (result.ok ? timing.attempts.at(-1)?.durationMs ?? 0 : 0),
    0,
  );
}

function countCall(tally: CallTally, call: Call): void {
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
  byCase: Map<string, Passed>,
  id: string,
  passed: boolean,
): void {
  const entry = byCase.get(id) ?? { passed: 0, total: 0 };
  entry.passed += passed ? 1 : 0;
  entry.total++;
  byCase.set(id, entry);
}
