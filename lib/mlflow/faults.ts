/** A request to MLflow that came to nothing. */
export class MlflowError extends Error {
  override readonly name = "MlflowError";
  /** HTTP status; `undefined` when there was no answer. */
  readonly status: number | undefined;
  /** MLflow's own code, e.g. `RESOURCE_DOES_NOT_EXIST`. */
  readonly code: string | undefined;
  /** Whether the same request may well succeed later: 408, 429, 5xx, no answer. */
  readonly passing: boolean;
  /** Wait that the server asked for, ms. */
  readonly retryAfterMs: number | undefined;

  /** @param message One line, free of secrets. */
  constructor(
    message: string,
    details: { status?: number; code?: string; passing?: boolean; retryAfterMs?: number; cause?: unknown } =
      {},
  ) {
    super(message, { cause: details.cause });
    this.status = details.status;
    this.code = details.code;
    this.passing = details.passing ?? false;
    this.retryAfterMs = details.retryAfterMs;
  }
}

const PASSING: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]); // those that MLflow's own client repeats

/** Whether a request that was answered so may be repeated. */
export function isPassing(status: number): boolean {
  return PASSING.has(status);
}

/**
 * What the body of an error says, in one line: MLflow's JSON, FastAPI's JSON, a page of a proxy, plain text.
 *
 * @param text Body of the answer, whatever it is.
 * @example Usage
 * ```ts
 * import { readFault } from "@lib/mlflow/faults.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(readFault("<html><title>502 Bad Gateway</title><body>…</body></html>"), {
 *   message: "502 Bad Gateway",
 * });
 * const json = '{"error_code": "RESOURCE_CONFLICT", "message": "changed meanwhile"}';
 * assert.deepEqual(readFault(json), { code: "RESOURCE_CONFLICT", message: "changed meanwhile" });
 * ```
 */
export function readFault(text: string): { code?: string; message: string } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) {
      const { error_code: code, message, detail } = value as Record<string, unknown>;
      const said = typeof message === "string" ? message : JSON.stringify(detail ?? value);
      return { ...(typeof code === "string" && { code }), message: oneLine(said) };
    }
  } catch {
    // not JSON
  }
  const isPage = /<(!doctype|html|head|body)/i.test(text);
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(text)?.[1]?.trim();
  const bare = text.replace(/<(style|script)[^]*?<\/\1>/gi, " ").replace(/<[^>]*>/g, " ");
  return { message: oneLine(isPage ? title || bare : text) || "an empty answer" };
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 300 ? `${line.slice(0, 300)} …` : line;
}
