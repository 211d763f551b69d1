import type { Call } from "../model/mod.ts";
import { quantile } from "../stats/mod.ts";

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

/** Price, tokens and time of requests; those of judges stand apart from the task's own. */
export interface CallSummary {
  /** ms of the answering attempts of a case, summed over its calls; queue, back-off and failed attempts are not in it. */
  latencyMs: { p50: number; p95: number; n: number } | null;
  /** Price of all calls, USD; `null` when the price of one is unknown. */
  costUsd: number | null;
  /** Price of the calls that were live in this run, USD, as far as known. */
  incurredUsd: number;
  tokens: TokenCounts;
  calls: CallCounts;
}

/** A tally of no request. */
export function emptyCallTally(): CallTally {
  return {
    latencies: [],
    costUsd: 0,
    incurredUsd: 0,
    tokens: { input: 0, cached: 0, output: 0, reasoning: 0, unknownCalls: 0 },
    calls: { total: 0, live: 0, cache: 0, recording: 0, failedAttempts: 0, corrections: 0 },
  };
}

/** ms of the answering attempts of some calls, summed. */
export function answeringMs(calls: readonly Call[]): number {
  return calls.reduce(
    (sum, { result, timing }) => sum + (result.ok ? timing.attempts.at(-1)?.durationMs ?? 0 : 0),
    0,
  );
}

/** Counts one request. */
export function countCall(tally: CallTally, call: Call): void {
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

/** Sums up what was counted of requests. */
export function callsOf({ latencies, costUsd, incurredUsd, tokens, calls }: CallTally): CallSummary {
  const sorted = latencies.toSorted((a, b) => a - b);
  const latencyMs = sorted.length > 0
    ? { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), n: sorted.length }
    : null;
  return { latencyMs, costUsd, incurredUsd, tokens, calls };
}
