import { type Clock, type Limiter } from "./limiter.ts";
import type { Attempt, ModelFault, Reply, Timing, Usage } from "./types.ts";

/** What one attempt on the wire came to; `others` are the choices after the first, and `usage` is that of all. */
export type AttemptResult =
  | { ok: true; reply: Reply; others?: readonly Reply[]; usage: Usage | null; durationMs: number }
  | { ok: false; fault: ModelFault; durationMs: number; retryAfterMs?: number };

/** How failed attempts are repeated. The only place that repeats anything. */
export interface RetryPolicy {
  /** Further attempts after the first. A lasting 500 costs exactly `retries + 1` requests. */
  retries: number;
  /** Wait before the first repeat, ms; doubles each time, plus up to as much again at random, up to `longestWaitMs`. */
  backoffMs: number;
  /** Longest wait, ms; a `Retry-After` that asks for more ends the call. */
  longestWaitMs: number;
  /** Source of randomness, 0 to 1. */
  random: () => number;
}

/** What a repeated attempt came to, with the time of each part. */
export type RetriedResult =
  & { timing: Timing }
  & (
    | { ok: true; reply: Reply; others?: readonly Reply[]; usage: Usage | null }
    | { ok: false; fault: ModelFault }
  );

const RETRYABLE = new Set(["timeout", "rate_limit", "server", "connection"]);

/**
 * Makes an attempt, and repeats it while its fault may pass: timeouts, 408, 429, 5xx, lost connections.
 * A place at the endpoint is held only while an attempt runs, so waiting never blocks others.
 *
 * @param attempt Makes one request; must not repeat anything itself.
 * @throws The signal's reason when aborted.
 */
export async function withRetries(
  attempt: (signal?: AbortSignal) => Promise<AttemptResult>,
  options: { policy: RetryPolicy; limiter: Limiter; clock: Clock; signal?: AbortSignal },
): Promise<RetriedResult> {
  const { policy, limiter, clock, signal } = options;
  const attempts: Attempt[] = [];
  let queuedMs = 0;
  let backoffMs = 0;
  for (;;) {
    const asked = clock.now();
    const release = await limiter.acquire(signal);
    queuedMs += clock.now() - asked;
    let result: AttemptResult;
    try {
      signal?.throwIfAborted(); // aborted just when the place came free: that must not cost a request
      result = await attempt(signal);
    } finally {
      release();
    }
    signal?.throwIfAborted();
    const timing = { queuedMs, backoffMs, attempts };
    if (result.ok) {
      const { durationMs, ...answer } = result;
      attempts.push({ durationMs });
      return { ...answer, timing };
    }
    attempts.push({ durationMs: result.durationMs, fault: result.fault });
    const doubled = policy.backoffMs * 2 ** (attempts.length - 1) * (1 + policy.random());
    const wait = result.retryAfterMs ?? Math.min(doubled, policy.longestWaitMs);
    const last = attempts.length > policy.retries || wait > policy.longestWaitMs;
    if (last || !RETRYABLE.has(result.fault.kind)) return { ok: false, fault: result.fault, timing };
    const before = clock.now();
    await clock.sleep(wait, signal);
    backoffMs += clock.now() - before;
  }
}

const HTTP_DATE = /^(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? /i;

/**
 * The wait that a `Retry-After` header asks for, in ms: seconds or an HTTP date (RFC 9110, 10.2.3).
 *
 * @param now Present time, ms since 1970.
 * @returns `undefined` when there is no readable header; never negative.
 */
export function retryAfterMs(header: string | null | undefined, now: number): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (!HTTP_DATE.test(text)) return undefined; // Date.parse() finds a date in almost anything
  const date = Date.parse(/gmt$/i.test(text) ? text : `${text} GMT`);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
