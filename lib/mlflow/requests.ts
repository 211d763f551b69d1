import { InputError } from "../io/mod.ts";
import { type Clock, retryAfterMs } from "../model/mod.ts";
import type { Access } from "./credentials.ts";
import type { MlflowFetch } from "./direct_fetch.ts";
import { isPassing, MlflowError, readFault } from "./faults.ts";

/** How requests that failed for now are repeated. */
export interface RepeatPolicy {
  /** Further attempts after the first. */
  retries: number;
  /** Wait before the first repeat, ms; doubles each time. */
  backoffMs: number;
  /** Longest wait, ms. */
  longestWaitMs: number;
}

/** What a request carries. */
export interface RequestParts {
  /** Query of the URL. */
  query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is; opened anew for each attempt. */
  content?: () => Promise<{ body: ReadableStream<Uint8Array>; bytes: number }>;
}

/** Sends one request, once. */
export type SendOnce = (method: string, path: string, parts?: RequestParts) => Promise<unknown>;

/** Makes a {@linkcode SendOnce}: the answer's JSON, or an {@linkcode MlflowError}. */
export function requester(
  access: Access,
  options: { fetch: MlflowFetch; timeoutMs: number; signal?: AbortSignal },
): SendOnce {
  const { uri, authorization, redact } = access;
  return async (method, path, { query, json, content } = {}) => {
    options.signal?.throwIfAborted();
    const file = await content?.();
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), options.timeoutMs);
    const headers = {
      ...(authorization && { authorization }),
      ...(json !== undefined && { "content-type": "application/json" }),
      ...(file && { "content-type": "application/octet-stream", "content-length": String(file.bytes) }),
    };
    const body = file?.body ?? (json === undefined ? undefined : JSON.stringify(json));
    const suffix = query ? `?${new URLSearchParams(query)}` : "";
    try {
      const response = await options.fetch(`${uri}${path}${suffix}`, {
        method,
        headers,
        signal: options.signal ? AbortSignal.any([options.signal, deadline.signal]) : deadline.signal,
        ...(body !== undefined && { body }),
      });
      return readAnswer(response, await response.text(), `${method} ${path}`, redact);
    } catch (cause) {
      options.signal?.throwIfAborted();
      if (cause instanceof MlflowError || cause instanceof InputError) throw cause;
      const text = cause instanceof Error ? cause.message || cause.name : String(cause);
      const why = deadline.signal.aborted ? `no answer within ${options.timeoutMs / 1000} s` : redact(text);
      throw new MlflowError(why, { passing: true, cause });
    } finally {
      clearTimeout(timer);
      await file?.body.cancel().catch(() => undefined); // closes a file that was not read to its end
    }
  };
}

function readAnswer(response: Response, text: string, what: string, redact: Access["redact"]): unknown {
  const { status, headers } = response;
  if (status >= 300 && status < 400) {
    const to = redact(headers.get("location") ?? "another address");
    throw new MlflowError(`${what}: HTTP ${status} redirects to ${to}; is the address right?`, { status });
  }
  if (status < 400) {
    try {
      return text.trim() === "" ? {} : JSON.parse(text);
    } catch (cause) {
      throw new MlflowError(`${what}: no JSON but "${redact(readFault(text).message)}"`, { status, cause });
    }
  }
  const { code, message } = readFault(redact(text));
  if (status === 401 || status === 403) {
    throw new InputError("The MLflow server refused access", {
      where: what,
      found: `HTTP ${status}: ${message}`,
      fix: /host header/i.test(message)
        ? "start that server with --allowed-hosts, or use its name in MLFLOW_TRACKING_URI"
        : "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN",
      cause: new MlflowError(`${what}: HTTP ${status}`, { status, ...(code && { code }) }),
    });
  }
  const wait = retryAfterMs(headers.get("retry-after"), Date.now());
  throw new MlflowError(`${what}: HTTP ${status}, ${message}`, {
    status,
    passing: isPassing(status) || isRace(code, message),
    ...(code && { code }),
    ...(wait !== undefined && { retryAfterMs: wait }),
  });
}

/** Two requests that write the same row at once: MLflow lets its database's refusal of the second through. */
function isRace(code: string | undefined, message: string): boolean {
  return code !== "RESOURCE_ALREADY_EXISTS" && /IntegrityError|database is locked|deadlock/i.test(message);
}

/**
 * Repeats some work while it fails with a fault that may pass. The work must bear to be done twice: the answer to
 * a request that was carried out can get lost.
 *
 * @throws InputError when the server could not be reached at the last attempt.
 */
export async function repeating<T>(
  work: () => Promise<T>,
  options: { policy: RepeatPolicy; clock: Clock; uri: string; signal?: AbortSignal },
): Promise<T> {
  const { policy: { retries, backoffMs, longestWaitMs }, clock, uri, signal } = options;
  for (let failed = 0;; failed++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof MlflowError)) throw error;
      if (error.passing && failed < retries) {
        await clock.sleep(Math.min(error.retryAfterMs ?? backoffMs * 2 ** failed, longestWaitMs), signal);
      } else if (error.status === undefined) {
        throw unreachable(uri, error);
      } else throw error;
    }
  }
}

function unreachable(uri: string, cause: MlflowError): InputError {
  return new InputError("Cannot reach the MLflow server", {
    where: uri,
    found: cause.message,
    fix: "deno task mlflow starts one on this machine; MLFLOW_TRACKING_URI names another",
    cause,
  });
}
