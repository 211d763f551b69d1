import { InputError } from "../io/mod.ts";
import { EmbeddingNotStoredError } from "./embeddings_not_stored.ts";
import { embeddingKey } from "./embeddings_spec.ts";
import { type Found, foundIn, gather, readBatch, shareOf } from "./embeddings_found.ts";
import type { Embedder, EmbedderSpec, EmbedOptions } from "./embeddings_types.ts";
import type { OpenEndpoint } from "./endpoints.ts";
import { SYSTEM_CLOCK } from "./limiter.ts";
import { DEFAULT_POLICY, type OpenModelOptions } from "./open_model.ts";
import type { StoredReply } from "./reply_store.ts";
import { type RetriedResult, withRetries } from "./retry.ts";
import type { ModelFault, Source } from "./types.ts";
import { unlessAborted } from "./unless_aborted.ts";

/** One text with its content address. */
type Entry = readonly [key: string, text: string];

/**
 * Makes an {@linkcode Embedder} from its spec, with the habits of `openModel`: stores before the wire, one layer of
 * repeats above it. An embedding is stored as a reply whose text is the vector (see `encodeVector`), so the stores
 * and recordings of models hold both.
 */
export function openEmbedder(spec: EmbedderSpec, options: OpenModelOptions): Embedder {
  const { mode, recordings, cache, clock = SYSTEM_CLOCK } = options;
  const policy = { ...DEFAULT_POLICY, ...options.policy };

  const lookUp = (key: string): [StoredReply, Source] | undefined => {
    if (mode === "live") return undefined;
    const recorded = recordings?.get(key);
    if (recorded) return [recorded, "recording"];
    const cached = mode === "record" ? undefined : cache?.get(key);
    return cached && [cached, "cache"];
  };

  const request = async (texts: string[], { kind, signal }: EmbedOptions): Promise<RetriedResult> => {
    const endpoint = await unlessAborted(reach(spec, options), signal);
    if ("kind" in endpoint) return { ok: false, fault: endpoint, timing: NO_TIME };
    const { wire, dimensions } = spec;
    const asked = { model: wire[kind], texts, ...(dimensions !== undefined && { dimensions }) };
    return await withRetries((inner) => endpoint.transport.embed(asked, inner), {
      policy,
      limiter: endpoint.limiter,
      clock,
      ...(signal && { signal }),
    });
  };

  /** Asks for texts that are stored nowhere, and keeps what comes. */
  const ask = async (batch: readonly Entry[], asking: EmbedOptions): Promise<Found> => {
    const keys = batch.map(([key]) => key);
    const answer = await request(batch.map(([, text]) => text), asking);
    const at = new Date().toISOString();
    const found = readBatch(spec, { keys, kind: asking.kind, at }, answer);
    for (const [place, key] of keys.entries()) {
      const text = found.texts[place];
      if (text === undefined) break; // a fault
      const stored = { reply: { text, finishReason: null }, ...shareOf(found.call), at };
      await (mode === "record" ? recordings : cache)?.put(key, stored);
    }
    return found;
  };

  return {
    spec,
    async embed(texts, asking) {
      const { kind, signal } = asking;
      signal?.throwIfAborted();
      checkTexts(texts);
      const keys = texts.map((text) => embeddingKey(spec, kind, text));
      const found: Found[] = [];
      const missing: Entry[] = [];
      for (const [key, text] of new Map(keys.map((key, place) => [key, texts[place]!]))) {
        const stored = lookUp(key);
        if (stored) found.push(foundIn(spec, { keys: [key], kind }, ...stored));
        else missing.push([key, text]);
      }
      if (missing.length > 0 && mode === "replay") {
        throw new EmbeddingNotStoredError(spec, kind, missing.map(([, text]) => text));
      }
      for (let at = 0; at < missing.length; at += spec.batch) { // in turn: a lasting fault is met once
        const next = await ask(missing.slice(at, at + spec.batch), asking);
        found.push(next);
        if (!next.call.result.ok) break;
      }
      return gather(keys, found);
    },
  };
}

const NO_TIME = { queuedMs: 0, backoffMs: 0, attempts: [] };

/**
 * The open endpoint, or the fault that it cannot be reached, which is data here: a strategy that searches must end
 * in a typed failure when the embedding server is down.
 *
 * @throws InputError for a missing key: nothing that comes later could mend it.
 */
async function reach(
  spec: EmbedderSpec,
  { endpoints }: OpenModelOptions,
): Promise<OpenEndpoint | ModelFault> {
  try {
    return await endpoints.open(spec.model);
  } catch (error) {
    const { apiKeyEnv } = spec.model.endpoint;
    const ofKey = (where = "") => apiKeyEnv !== undefined && where.endsWith(` ${apiKeyEnv}`);
    if (!(error instanceof InputError) || ofKey(error.details.where)) throw error;
    return { kind: "connection", message: error.message.replace(/\s+/g, " ") };
  }
}

function checkTexts(texts: readonly string[]): void {
  const empty = texts.findIndex((text) => text.trim() === "");
  if (empty !== -1) throw new RangeError(`Cannot embed an empty text: number ${empty} of ${texts.length}`);
}
