import { APIError } from "openai";
import { LONGEST_TIMER_MS } from "./limiter.ts";
import type { Redactor } from "./redact.ts";
import { type AttemptResult, retryAfterMs } from "./retry.ts";
import { faultOf } from "./wire_fault.ts";

/** What an attempt needs to know of its endpoint. */
export interface AttemptAt {
  baseUrl: string;
  redact: Redactor;
  /** Longest time, from sending to the last byte, ms. */
  timeoutMs: number;
}

type Untimed<Result> = Result extends unknown ? Omit<Result, "durationMs"> : never;

/**
 * Makes one attempt on the wire under a deadline and takes its time; what goes wrong is data.
 *
 * @param ask Sends the request and reads the reply; ends when its signal aborts.
 */
export async function timedAttempt(
  { baseUrl, redact, timeoutMs }: AttemptAt,
  signal: AbortSignal | undefined,
  ask: (signal: AbortSignal) => Promise<Untimed<AttemptResult>>,
): Promise<AttemptResult> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), Math.min(timeoutMs, LONGEST_TIMER_MS));
  const stop = () => deadline.abort();
  signal?.addEventListener("abort", stop, { once: true });
  const start = performance.now();
  const duration = () => Math.round((performance.now() - start) * 100) / 100;
  try {
    const read = await ask(deadline.signal);
    return { ...read, durationMs: duration() };
  } catch (error) {
    const durationMs = duration();
    if (deadline.signal.aborted && !signal?.aborted) {
      const message = `no complete reply within ${timeoutMs / 1000} s`;
      return { ok: false, fault: { kind: "timeout", message }, durationMs };
    }
    const headers = error instanceof APIError ? error.headers : undefined;
    const wait = retryAfterMs(headers?.get("retry-after"), Date.now());
    const fault = faultOf(error, baseUrl, redact);
    return { ok: false, fault, durationMs, ...(wait !== undefined && { retryAfterMs: wait }) };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}
