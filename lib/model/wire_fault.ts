import { APIError } from "openai";
import type { Redactor } from "./redact.ts";
import type { FaultKind, ModelFault } from "./types.ts";

/** A fault found while reading bytes; the client wraps it as a cause. */
export class WireFault extends Error {
  constructor(readonly kind: FaultKind, message: string) {
    super(message);
  }
}

/** What went wrong in an attempt, in one line without secrets. */
export function faultOf(error: unknown, baseUrl: string, redact: Redactor): ModelFault {
  const oneLine = (text: string) => shorten(redact.fault(text)); // a key that is cut in two would not be found
  const cause = error instanceof Error ? error.cause ?? error : error;
  if (cause instanceof WireFault) return { kind: cause.kind, message: oneLine(cause.message) };
  if (error instanceof APIError && typeof error.status === "number") {
    return {
      kind: kindOfStatus(error.status),
      status: error.status,
      message: `HTTP ${oneLine(error.message)}`,
    };
  }
  if (cause instanceof SyntaxError) return { kind: "protocol", message: "the reply is not JSON" };
  const text = cause instanceof Error
    ? `${Reflect.get(cause, "code") ?? cause.name}: ${cause.message}`
    : String(cause);
  return { kind: "connection", message: `connection to ${baseUrl} failed: ${oneLine(text)}` };
}

function kindOfStatus(status: number): FaultKind {
  if (status === 401 || status === 403) return "auth";
  if (status === 404) return "not_found";
  if (status === 408) return "timeout";
  if (status === 429) return "rate_limit";
  return status >= 500 ? "server" : "bad_request";
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 300)} …` : line;
}
