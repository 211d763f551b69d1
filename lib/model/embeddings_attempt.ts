import type OpenAI from "openai";
import { encodeVector, vectorFault } from "./embeddings_codec.ts";
import type { AttemptResult } from "./retry.ts";
import { type AttemptAt, timedAttempt } from "./timed_attempt.ts";
import type { Usage } from "./types.ts";

/** Texts that go into one request. */
export interface EmbeddingsRequest {
  /** Name on the wire. */
  model: string;
  texts: readonly string[];
  /** Length of each vector, where it is known. */
  dimensions?: number;
}

/** An open endpoint, as far as an attempt needs it. */
export interface EmbeddingsWire extends AttemptAt {
  client: OpenAI;
}

/**
 * Asks once for embeddings; never repeats, never throws but for the signal. The text of the reply holds a line a
 * vector, see {@linkcode encodeVector}.
 */
export function attemptEmbeddings(
  wire: EmbeddingsWire,
  request: EmbeddingsRequest,
  signal?: AbortSignal,
): Promise<AttemptResult> {
  return timedAttempt(wire, signal, async (ended) => {
    const response = await wire.client.embeddings.create(
      { model: request.model, input: [...request.texts], encoding_format: "float" },
      { signal: ended },
    );
    return readEmbeddings(response, request);
  });
}

type Read =
  | Omit<Extract<AttemptResult, { ok: true }>, "durationMs">
  | Omit<Extract<AttemptResult, { ok: false }>, "durationMs">;

/** Reads a reply, of which nothing is taken for granted. */
function readEmbeddings(response: OpenAI.CreateEmbeddingResponse, request: EmbeddingsRequest): Read {
  const data: unknown = response?.data;
  const { texts } = request;
  if (!Array.isArray(data) || data.length !== texts.length) {
    return noEmbeddings(`expected a list of ${texts.length}, one a text`);
  }
  const vectors: Float32Array[] = [];
  for (const [place, entry] of data.entries()) {
    const { embedding, index = place } = (entry ?? {}) as { embedding?: unknown; index?: unknown };
    if (typeof index !== "number" || !Object.hasOwn(texts, index) || vectors[index]) {
      return noEmbeddings(`index ${JSON.stringify(index)} in place ${place}`);
    }
    if (!Array.isArray(embedding) || embedding.some((value) => typeof value !== "number")) {
      return noEmbeddings(`text ${index} has no list of numbers`);
    }
    const vector = vectors[index] = Float32Array.from(embedding);
    const dimensions = request.dimensions ?? vectors.find(Boolean)!.length;
    if (vector.length !== dimensions) {
      return noEmbeddings(`text ${index} has ${vector.length} dimensions, expected ${dimensions}`);
    }
    const fault = vectorFault(vector);
    if (fault) return noEmbeddings(`text ${index} has a vector ${fault}`);
  }
  const text = vectors.map(encodeVector).join("\n");
  return { ok: true, reply: { text, finishReason: null }, usage: readUsage(response.usage) };
}

function noEmbeddings(found: string): Read {
  return { ok: false, fault: { kind: "protocol", message: `the reply holds no embeddings: ${found}` } };
}

function readUsage(usage: OpenAI.CreateEmbeddingResponse.Usage | undefined | null): Usage | null {
  const inputTokens: unknown = usage?.prompt_tokens;
  if (!Number.isSafeInteger(inputTokens) || Number(inputTokens) < 0) return null;
  return { inputTokens: Number(inputTokens), cachedTokens: 0, outputTokens: 0, reasoningTokens: 0 };
}
