import { InputError } from "../io/mod.ts";
import { decodeVector } from "./embeddings_codec.ts";
import type { EmbedderSpec, EmbeddingCall, EmbedResult } from "./embeddings_types.ts";
import { costUsd } from "./prices.ts";
import type { StoredReply } from "./reply_store.ts";
import type { RetriedResult } from "./retry.ts";
import type { ModelFault, Source } from "./types.ts";

/** What one request, or one look into a store, came to. */
export interface Found {
  call: EmbeddingCall;
  /** Vectors as text, one for each key of the call; none after a fault. */
  texts: readonly string[];
}

type About = Pick<EmbeddingCall, "keys" | "kind">;

/** What a request for a batch came to. */
export function readBatch(spec: EmbedderSpec, about: About & { at: string }, answer: RetriedResult): Found {
  const { timing } = answer;
  const call = { ...about, model: spec.model.name, timing, source: "live" as const };
  if (!answer.ok) {
    const { fault } = answer;
    return { call: { ...call, result: { ok: false, fault }, usage: null, costUsd: null }, texts: [] };
  }
  const { usage, reply } = answer;
  return found({ ...call, usage, costUsd: costUsd(usage, spec.model.price) }, reply.text);
}

/**
 * What a store had for one text.
 *
 * @throws InputError when that is no embedding.
 */
export function foundIn(spec: EmbedderSpec, about: About, stored: StoredReply, source: Source): Found {
  const { usage, attempts, at, reply } = stored;
  const timing = { queuedMs: 0, backoffMs: 0, attempts };
  const cost = costUsd(usage, spec.model.price);
  try {
    return found({ ...about, model: spec.model.name, usage, costUsd: cost, timing, source, at }, reply.text);
  } catch (cause) {
    throw new InputError("A stored embedding is none", {
      where: `${source} of ${spec.model.name}, key ${about.keys[0]}`,
      found: cause instanceof Error ? cause.message : String(cause),
      fix: "restore that file from version control, or delete it and ask again",
      cause,
    });
  }
}

function found(call: Omit<EmbeddingCall, "result">, text: string | null): Found {
  const texts = (text ?? "").split("\n");
  const dimensions = decodeVector(texts[0]!).length;
  return { call: { ...call, result: { ok: true, dimensions } }, texts };
}

/** The even share of each text in what its request took. */
export function shareOf({ keys, usage, timing }: EmbeddingCall): Pick<StoredReply, "usage" | "attempts"> {
  const share = (whole: number) => whole / keys.length;
  return {
    usage: usage && { ...usage, inputTokens: share(usage.inputTokens) },
    attempts: timing.attempts.map((attempt) => ({ ...attempt, durationMs: share(attempt.durationMs) })),
  };
}

/** All that was found, in the order of the keys; or the first fault. */
export function gather(keys: readonly string[], found: readonly Found[]): EmbedResult {
  const calls = found.map(({ call }) => call);
  const fault = calls.map(({ result }) => result).find((result) => !result.ok)?.fault ?? unlike(calls);
  if (fault) return { ok: false, fault, calls };
  const vectors = new Map(
    found.flatMap(({ call, texts }) => call.keys.map((key, place) => [key, decodeVector(texts[place]!)])),
  );
  return { ok: true, vectors: keys.map((key) => vectors.get(key)!), calls };
}

/** Vectors of different lengths cannot be compared: the model behind the name has changed. */
function unlike(calls: readonly EmbeddingCall[]): ModelFault | undefined {
  const lengths = new Set(calls.flatMap(({ result }) => result.ok ? [result.dimensions] : []));
  if (lengths.size < 2) return undefined;
  return { kind: "protocol", message: `vectors of ${[...lengths].join(" and ")} dimensions from one model` };
}
