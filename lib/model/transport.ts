import OpenAI, { APIError } from "openai";
import { Agent, request as send } from "undici";
import { samplingOf } from "./request_key.ts";
import { type AttemptResult, retryAfterMs } from "./retry.ts";
import type { FaultKind, ModelFault, ModelRequest, ModelSpec, Usage } from "./types.ts";

/** How an endpoint is reached. */
export interface TransportOptions {
  baseUrl: string;
  /** Sent as a bearer token, and cut out of every text that comes back. */
  apiKey?: string;
  /** Longest time of one attempt, from sending to the last byte, ms. */
  timeoutMs: number;
  /** Longest reply body, bytes; a longer one is cut off and is a fault. */
  maxReplyBytes: number;
  /** Most connections. */
  connections: number;
}

/** One open endpoint. */
export interface Transport {
  /** Makes one attempt; never repeats, never throws but for the signal. */
  attempt(spec: ModelSpec, request: ModelRequest, signal?: AbortSignal): Promise<AttemptResult>;
  /** Closes its connections. */
  close(): Promise<void>;
}

/** Opens an OpenAI-compatible endpoint: the `openai` client without its repeats, over `undici` connections. */
export function openTransport(options: TransportOptions): Transport {
  const { baseUrl, apiKey, timeoutMs, maxReplyBytes, connections } = options;
  const agent = new Agent({ connections, keepAliveTimeout: 30_000, headersTimeout: 0, bodyTimeout: 0 });
  const client = new OpenAI({
    baseURL: baseUrl,
    apiKey: apiKey ?? "none",
    organization: null,
    project: null,
    maxRetries: 0,
    timeout: 2 ** 31 - 1,
    fetch: (url, init) => boundedFetch(agent, String(url), init, maxReplyBytes),
  });
  const redact = (text: string) => (apiKey ? text.replaceAll(apiKey, "[key]") : text);

  return {
    async attempt(spec, request, signal) {
      const deadline = new AbortController();
      const timer = setTimeout(() => deadline.abort(), timeoutMs);
      const stop = () => deadline.abort();
      signal?.addEventListener("abort", stop, { once: true });
      const start = performance.now();
      const duration = () => Math.round((performance.now() - start) * 100) / 100;
      try {
        const completion = await client.chat.completions.create(wireBody(spec, request), {
          signal: deadline.signal,
        });
        const read = readCompletion(completion, redact);
        return { ...read, durationMs: duration() };
      } catch (error) {
        const durationMs = duration();
        if (deadline.signal.aborted && !signal?.aborted) {
          const message = `no complete reply within ${timeoutMs / 1000} s`;
          return { ok: false, fault: { kind: "timeout", message }, durationMs };
        }
        const headers = error instanceof APIError ? error.headers : undefined;
        const wait = retryAfterMs(headers?.get("retry-after"), Date.now());
        const fault = faultOf(error, baseUrl);
        return {
          ok: false,
          fault: { ...fault, message: redact(fault.message) },
          durationMs,
          ...(wait !== undefined && { retryAfterMs: wait }),
        };
      } finally {
        clearTimeout(timer);
        signal?.removeEventListener("abort", stop);
      }
    },
    close: () => agent.destroy(),
  };
}

function wireBody(
  spec: ModelSpec,
  request: ModelRequest,
): OpenAI.Chat.ChatCompletionCreateParamsNonStreaming {
  const { temperature, topP, maxTokens, seed } = samplingOf(spec, request);
  const { schema } = request;
  return {
    model: spec.model,
    messages: request.messages.map(({ role, content }) => ({ role, content })),
    temperature,
    [spec.tokenLimit]: maxTokens,
    ...(topP !== undefined && { top_p: topP }),
    ...(seed !== undefined && { seed }),
    ...(spec.structure === "json_object" && { response_format: { type: "json_object" as const } }),
    ...(spec.structure === "schema" && schema && {
      response_format: {
        type: "json_schema" as const,
        json_schema: { ...schema, schema: { ...schema.schema }, strict: true },
      },
    }),
  };
}

type Read =
  | Omit<Extract<AttemptResult, { ok: true }>, "durationMs">
  | Omit<Extract<AttemptResult, { ok: false }>, "durationMs">;

function readCompletion(completion: OpenAI.Chat.ChatCompletion, redact: (text: string) => string): Read {
  const choice = completion?.choices?.[0];
  if (typeof completion !== "object" || completion === null || !choice?.message) {
    const found = typeof completion === "string" ? "no JSON" : "no choice";
    return {
      ok: false,
      fault: { kind: "protocol", message: `the reply is not a chat completion: ${found} in it` },
    };
  }
  const { content, refusal } = choice.message;
  const servedBy = [completion.model, completion.system_fingerprint].filter(Boolean).join(" ");
  return {
    ok: true,
    reply: {
      text: typeof content === "string" ? redact(content) : null,
      finishReason: choice.finish_reason ?? null,
      ...(refusal && { refusal: redact(refusal) }),
      ...(servedBy && { servedBy: redact(servedBy) }),
    },
    usage: readUsage(completion.usage),
  };
}

function readUsage(usage: OpenAI.CompletionUsage | undefined | null): Usage | null {
  if (typeof usage?.prompt_tokens !== "number" || typeof usage.completion_tokens !== "number") return null;
  return {
    inputTokens: usage.prompt_tokens,
    cachedTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
    outputTokens: usage.completion_tokens,
    reasoningTokens: usage.completion_tokens_details?.reasoning_tokens ?? 0,
  };
}

/** A fault found while reading bytes; the client wraps it as a cause. */
class WireFault extends Error {
  constructor(readonly kind: FaultKind, message: string) {
    super(message);
  }
}

async function boundedFetch(
  agent: Agent,
  url: string,
  init: RequestInit | undefined,
  most: number,
): Promise<Response> {
  const response = await send(url, {
    dispatcher: agent,
    method: "POST",
    headers: Object.fromEntries(new Headers(init?.headers)),
    body: String(init?.body),
    signal: init?.signal ?? null,
  });
  const type = String(response.headers["content-type"] ?? "");
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > most) throw new WireFault("too_large", `the reply is longer than ${most} bytes`); // leaving the loop ends the connection
    parts.push(part);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new WireFault("protocol", "the reply is not UTF-8");
  }
  if (response.statusCode < 400 && !type.includes("json")) {
    throw new WireFault(
      "protocol",
      `the reply is ${type || "of no stated type"}, expected application/json; is the base URL right?`,
    );
  }
  const headers = {
    "content-type": "application/json",
    "retry-after": String(response.headers["retry-after"] ?? ""),
  };
  return new Response(text, { status: response.statusCode, headers });
}

function faultOf(error: unknown, baseUrl: string): ModelFault {
  const cause = error instanceof Error ? error.cause ?? error : error;
  if (cause instanceof WireFault) return { kind: cause.kind, message: cause.message };
  if (error instanceof APIError && typeof error.status === "number") {
    return {
      kind: kindOfStatus(error.status),
      status: error.status,
      message: `HTTP ${shorten(error.message)}`,
    };
  }
  if (cause instanceof SyntaxError) return { kind: "protocol", message: "the reply is not JSON" };
  const text = cause instanceof Error
    ? `${Reflect.get(cause, "code") ?? cause.name}: ${cause.message}`
    : String(cause);
  return { kind: "connection", message: `connection to ${baseUrl} failed: ${shorten(text)}` };
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
