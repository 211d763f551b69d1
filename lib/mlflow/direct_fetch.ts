import { Readable } from "node:stream";
import { Agent, EnvHttpProxyAgent, request } from "undici";

/** One HTTP request; the global `fetch` is one too. */
export type MlflowFetch = (url: string, init: {
  method: string;
  headers: Record<string, string>;
  body?: string | ReadableStream<Uint8Array>;
  signal: AbortSignal;
}) => Promise<Response>;

/**
 * Sends a request on a connection of its own. To this machine it goes straight, past the proxy of an environment
 * that has one; elsewhere `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` count. A `content-length` of the caller is kept,
 * which a streamed upload needs: MLflow stores an empty file for one without. Redirects are not followed.
 */
export const directFetch: MlflowFetch = async (url, { method, headers, body, signal }) => {
  const timers = { connect: { timeout: 0 }, headersTimeout: 0, bodyTimeout: 0 }; // the signal covers all of it
  const dispatcher = isLoopback(new URL(url)) ? new Agent(timers) : new EnvHttpProxyAgent(timers);
  try {
    const response = await request(url, {
      dispatcher,
      method: method as "GET",
      headers,
      signal,
      ...(body !== undefined && { body: typeof body === "string" ? body : Readable.from(body) }),
    });
    const text = await response.body.text();
    const kept = Object.entries(response.headers).flatMap(([name, value]): [string, string][] =>
      ["content-type", "location", "retry-after"].includes(name) ? [[name, String(value)]] : []
    );
    return new Response(text === "" ? null : text, { status: response.statusCode, headers: kept });
  } finally {
    await dispatcher.destroy();
  }
};

/**
 * Whether a URL points at this machine.
 *
 * @example Usage
 * ```ts
 * import { isLoopback } from "@lib/mlflow/direct_fetch.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(isLoopback(new URL("http://127.0.0.1:5000")), true);
 * assert.equal(isLoopback(new URL("https://mlflow.example.com")), false);
 * ```
 */
export function isLoopback({ hostname }: URL): boolean {
  return /^(localhost|127(\.\d+){3}|0\.0\.0\.0|\[::1\])$/.test(hostname);
}
