import OpenAI from "openai";
import { Agent } from "undici";
import { boundedFetch } from "./bounded_fetch.ts";
import { attemptEmbeddings, type EmbeddingsRequest } from "./embeddings_attempt.ts";
import { LONGEST_TIMER_MS } from "./limiter.ts";
import { readCompletion } from "./read_completion.ts";
import { redactor } from "./redact.ts";
import { samplingOf } from "./request_key.ts";
import type { AttemptResult } from "./retry.ts";
import { timedAttempt } from "./timed_attempt.ts";
import type { ModelRequest, ModelSpec } from "./types.ts";
import { wireMessage } from "./wire_message.ts";

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

/** Options of {@linkcode Transport.attempt}. */
export interface AttemptOptions {
  /** Choices to ask for. @default {1} */
  choices?: number;
  /** Ends the attempt at once. */
  signal?: AbortSignal | undefined;
}

/** One open endpoint. */
export interface Transport {
  /**
   * Makes one attempt; never repeats.
   *
   * @throws InputError for a picture whose file has changed since it was loaded; else only the signal's reason.
   */
  attempt(spec: ModelSpec, request: ModelRequest, options?: AttemptOptions): Promise<AttemptResult>;
  /** Makes one attempt at embeddings, likewise. */
  embed(request: EmbeddingsRequest, signal?: AbortSignal): Promise<AttemptResult>;
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
    async attempt(spec, request, { choices = 1, signal } = {}) {
      const body = await wireBody(spec, request, choices);
      signal?.throwIfAborted(); // it may have come while pictures were read
      return await timedAttempt(
        { baseUrl, redact, timeoutMs },
        signal,
        async (ended) =>
          readCompletion(await client.chat.completions.create(body, { signal: ended }), redact),
      );
    },
    embed: (request, signal) => attemptEmbeddings({ client, redact, baseUrl, timeoutMs }, request, signal),
    close: () => agent.destroy(),
  };
}

async function wireBody(
  spec: ModelSpec,
  request: ModelRequest,
  choices: number,
): Promise<OpenAI.Chat.ChatCompletionCreateParamsNonStreaming> {
  const { temperature, topP, maxTokens, seed } = samplingOf(spec, request);
  const { schema } = request;
  return {
    model: spec.model,
    messages: await Promise.all(request.messages.map(wireMessage)),
    temperature,
    [spec.tokenLimit]: maxTokens,
    ...(choices > 1 && { n: choices }),
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
