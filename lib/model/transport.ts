import OpenAI, { APIError } from "openai";
import { Agent, request as send } from "undici";
import { LONGEST_TIMER_MS } from "./limiter.ts";
import { type Redactor, redactor } from "./redact.ts";
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
  // the deadline of an attempt covers all of it, connecting included; undici's own timers would outlive the endpoint
  const agent = new Agent({
    connections,
    connect: { timeout: 0 },
    keepAliveTimeout: 30_000,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const key = apiKey ?? "none";
  const client = new OpenAI({
    baseURL: baseUrl,
    apiKey: key,
    adminAPIKey: null,
    organization: null,
    project: null,
    maxRetries: 0,
    timeout: LONGEST_TIMER_MS,
    logLevel: "off",
    fetch: (url, init) => boundedFetch(agent, key, String(url), init, maxReplyBytes),
  });
  const redact = redactor(apiKey);

  return {
    async attempt(spec, request, signal) {
      const deadline = new AbortController();
      const timer = setTimeout(() => deadline.abort(), Math.min(timeoutMs, LONGEST_TIMER_MS));
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
        return {
          ok: false,
          fault: faultOf(error, baseUrl, redact),
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

function readCompletion(completion: OpenAI.Chat.ChatCompletion, redact: Redactor): Read {
  const choice = completion?.choices?.[0];
  if (!choice?.message) return noCompletion("no choice in it");
  const content: unknown = choice.message.content ?? null;
  if (typeof content !== "string" && content !== null) return noCompletion("its content is no text");
  const refusal = textOf(choice.message.refusal);
  const finishReason = textOf(choice.finish_reason);
  const servedBy = [completion.model, completion.system_fingerprint].map(textOf).filter(Boolean).join(" ");
  return {
    ok: true,
    reply: {
      text: content && redact.reply(content),
      finishReason: finishReason && redact.reply(finishReason),
      ...(refusal && { refusal: redact.reply(refusal) }),
      ...(servedBy && { servedBy: redact.reply(servedBy) }),
    },
    usage: readUsage(completion.usage),
  };
}

function noCompletion(found: string): Read {
  return { ok: false, fault: { kind: "protocol", message: `the reply is not a chat completion: ${found}` } };
}

/** What an endpoint sends need not be what its types say. */
function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function readUsage(usage: OpenAI.CompletionUsage | undefined | null): Usage | null {
  const inputTokens = countOf(usage?.prompt_tokens);
  const outputTokens = countOf(usage?.completion_tokens);
  if (inputTokens === undefined || outputTokens === undefined) return null;
  return {
    inputTokens,
    cachedTokens: countOf(usage?.prompt_tokens_details?.cached_tokens) ?? 0,
    outputTokens,
    reasoningTokens: countOf(usage?.completion_tokens_details?.reasoning_tokens) ?? 0,
  };
}

function countOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : undefined;
}

/** A fault found while reading bytes; the client wraps it as a cause. */
class WireFault extends Error {
  constructor(readonly kind: FaultKind, message: string) {
    super(message);
  }
}

async function boundedFetch(
  agent: Agent,
  key: string,
  url: string,
  init: RequestInit | undefined,
  most: number,
): Promise<Response> {
  const response = await send(url, {
    dispatcher: agent,
    method: "POST",
    // no others: the client adds what it finds in OPENAI_CUSTOM_HEADERS, another key included
    headers: {
      accept: "application/json",
      "content-type": "application/json",
      authorization: `Bearer ${key}`,
    },
    body: String(init?.body),
    signal: init?.signal ?? null,
  });
  const { statusCode } = response;
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
  if (statusCode >= 300 && statusCode < 400) {
    const to = response.headers.location ?? "another address";
    throw new WireFault(
      "protocol",
      `HTTP ${statusCode} redirects to ${to}, which is not followed; is the base URL right?`,
    );
  }
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: statusCode < 400 }).decode(bytes); // the status of an error counts, not its page
  } catch {
    throw new WireFault("protocol", "the reply is not UTF-8");
  }
  if (statusCode < 400 && text.trim() === "") throw new WireFault("protocol", "the reply is empty");
  if (statusCode < 400 && !type.includes("json")) {
    throw new WireFault(
      "protocol",
      `the reply is ${type || "of no stated type"}, expected application/json; is the base URL right?`,
    );
  }
  const headers = {
    "content-type": "application/json",
    "retry-after": String(response.headers["retry-after"] ?? ""),
  };
  return new Response(text, { status: statusCode, headers });
}

function faultOf(error: unknown, baseUrl: string, redact: Redactor): ModelFault {
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
