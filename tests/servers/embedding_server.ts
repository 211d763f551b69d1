/** One request for embeddings as it arrived. */
export interface EmbeddingRequest {
  /** Running number, from 1. */
  readonly number: number;
  readonly model: string;
  readonly texts: readonly string[];
  readonly authorization: string | null;
  /** Aborts when the client hangs up. */
  readonly gone: AbortSignal;
}

/** Options of {@linkcode startEmbeddingServer}. */
export interface EmbeddingServerOptions {
  /** Length of the vectors. @default {256} */
  dimensions?: number;
  /** Answers in place of the server where it returns something: faults of all kinds. */
  respond?: (request: EmbeddingRequest) => Response | undefined | Promise<Response | undefined>;
}

/** A running server. */
export interface EmbeddingServer extends AsyncDisposable {
  /** Base URL with its `/v1`. */
  readonly baseUrl: string;
  /** Requests in the order of their arrival. */
  readonly requests: readonly EmbeddingRequest[];
  /** Resolves when so many requests have arrived. */
  waitFor(count: number): Promise<void>;
}

/**
 * Starts a real OpenAI-compatible `/v1/embeddings` on 127.0.0.1. A text becomes the counts of its words and of the
 * three-letter pieces of its words, hashed into a vector (feature hashing: Weinberger et al. 2009): texts that share
 * words are near each other, and equal texts have equal vectors.
 */
export function startEmbeddingServer(options: EmbeddingServerOptions = {}): EmbeddingServer {
  const { dimensions = 256, respond } = options;
  const requests: EmbeddingRequest[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (incoming) => {
    const path = new URL(incoming.url).pathname;
    if (path !== "/v1/embeddings" || incoming.method !== "POST") return new Response(null, { status: 404 });
    const { model, input } = await incoming.json();
    const request = {
      number: requests.length + 1,
      model,
      texts: input,
      authorization: incoming.headers.get("authorization"),
      get gone() {
        return incoming.signal;
      },
    };
    requests.push(request);
    for (const { count, resolve } of waiting) if (requests.length >= count) resolve();
    return await respond?.(request) ?? embeddingsReply(request.texts, dimensions);
  });
  return {
    baseUrl: `http://127.0.0.1:${server.addr.port}/v1`,
    requests,
    waitFor: (count) =>
      new Promise((resolve) => requests.length >= count ? resolve() : waiting.push({ count, resolve })),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** A healthy reply; some members may be replaced. */
export function embeddingsReply(
  texts: readonly string[],
  dimensions = 256,
  changes: Readonly<Record<string, unknown>> = {},
): Response {
  const data = texts.map((text, index) => ({
    object: "embedding",
    index,
    embedding: hashedVector(text, dimensions),
  }));
  const tokens = texts.join(" ").split(" ").length;
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  return Response.json({ object: "list", data, model: "hashed", usage, ...changes });
}

/** The vector of a text: of length 1, all zero for a text without words. */
export function hashedVector(text: string, dimensions: number): number[] {
  const vector = new Array<number>(dimensions).fill(0);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    const padded = `^${word}$`;
    const pieces = Array.from({ length: padded.length - 2 }, (_, at) => padded.slice(at, at + 3));
    for (const feature of [word, word, ...pieces]) {
      const hash = fnv1a(feature);
      vector[hash % dimensions]! += hash >>> 31 ? -1 : 1;
    }
  }
  const norm = Math.hypot(...vector);
  return vector.map((value) => norm === 0 ? 0 : value / norm);
}

/** FNV-1a, 32 bits (Fowler, Noll, Vo). */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
