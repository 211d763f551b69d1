import { InputError } from "../io/mod.ts";
import { type Asked, bookReply } from "./book_reply.ts";
import { drawSamples } from "./draw_samples.ts";
import type { Endpoints } from "./endpoints.ts";
import { type Clock, SYSTEM_CLOCK } from "./limiter.ts";
import { costUsd } from "./prices.ts";
import type { ReplyStore, StoredReply } from "./reply_store.ts";
import { requestKey } from "./request_key.ts";
import { type RetryPolicy, withRetries } from "./retry.ts";
import type { Call, Model, ModelRequest, ModelSpec, Source } from "./types.ts";
import { unlessAborted } from "./unless_aborted.ts";

/** Where replies may come from: `auto` looks into the stores first, `live` never, `replay` only there, `record` keeps what it asks. */
export type Mode = "auto" | "live" | "replay" | "record";

/** What {@linkcode openModel} works with. */
export interface OpenModelOptions {
  mode: Mode;
  /** Recordings that ship with the task. */
  recordings?: ReplyStore;
  /** Replies of earlier runs on this machine. */
  cache?: ReplyStore;
  /** Opens the endpoint at the first live call. */
  endpoints: Endpoints;
  /** @default {three further attempts from half a second on, waits up to ten minutes} */
  policy?: Partial<RetryPolicy>;
  /** @default {the machine's own clock} */
  clock?: Clock;
}

/** A request that is stored nowhere in a mode that calls nothing. */
export class NotStoredError extends InputError {
  constructor(
    readonly spec: ModelSpec,
    readonly request: ModelRequest,
    key: string,
    path: readonly string[] = [],
  ) {
    const start = spec.endpoint.baseUrl === undefined ? `deno task model ${spec.model}; then ` : "";
    super(`A request to ${spec.name} was never recorded`, {
      where: [`endpoint ${spec.endpoint.id}, request ${key.slice(0, 12)}`, ...path].join(", "),
      expected:
        "a recording or a cached reply to the very same request (model, messages, sampling, schema, rollout)",
      fix:
        `${start}deno task eval --record (keeps replies with the task) or without --replay (calls the endpoint)`,
    });
  }
}

/** Three further attempts from half a second on, waits up to ten minutes. */
export const DEFAULT_POLICY: RetryPolicy = {
  retries: 3,
  backoffMs: 500,
  longestWaitMs: 600_000,
  random: Math.random,
};

/**
 * Makes a {@linkcode Model} from its spec: stores before the wire, one layer of repeats above it.
 *
 * @throws RangeError for a number of retries that is no count.
 */
export function openModel(spec: ModelSpec, options: OpenModelOptions): Model {
  const { mode, recordings, cache, endpoints, clock = SYSTEM_CLOCK } = options;
  const policy = { ...DEFAULT_POLICY, ...options.policy };
  if (!Number.isInteger(policy.retries) || policy.retries < 0) {
    throw new RangeError(
      `Cannot repeat requests as retries must be an integer >= 0: current value is ${policy.retries}`,
    );
  }

  const lookUp = (key: string): [StoredReply, Source] | undefined => {
    if (mode === "live") return undefined;
    const recorded = recordings?.get(key);
    if (recorded) return [recorded, "recording"];
    const cached = mode === "record" ? undefined : cache?.get(key);
    return cached && [cached, "cache"];
  };

  const find = ({ key, path, request }: Asked): Call | undefined => {
    const stored = lookUp(key);
    return stored &&
      { key, path, model: spec.name, messages: request.messages, ...fromStore(spec, ...stored) };
  };

  /** Makes one request for all that is asked; gives a call for each of the first, as many as have an answer. */
  const send = async (
    asked: readonly [Asked, ...Asked[]],
    signal?: AbortSignal,
  ): Promise<[Call, ...Call[]]> => {
    const [{ request, key, path }] = asked;
    if (mode === "replay") throw new NotStoredError(spec, request, key, path);
    const { transport, limiter } = await unlessAborted(endpoints.open(spec), signal);
    const answer = await withRetries(
      (inner) => transport.attempt(spec, request, { choices: asked.length, signal: inner }),
      { policy, limiter, clock, ...(signal && { signal }) },
    );
    const calls = bookReply(spec, asked, answer, new Date().toISOString());
    const store = mode === "record" ? recordings : cache;
    await Promise.all(
      calls.map(({ key, result, usage, timing: { attempts }, at }) =>
        result.ok ? store?.put(key, { reply: result.reply, usage, attempts, at }) : undefined
      ),
    );
    return calls;
  };

  return {
    spec,
    async generate(request, { path = [], signal } = {}) {
      signal?.throwIfAborted();
      const asked = { key: requestKey(spec, request), path, request };
      return find(asked) ?? (await send([asked], signal))[0];
    },
    ...(spec.severalChoices && { generateSamples: drawSamples(spec, { find, send }) }),
  };
}

function fromStore(
  spec: ModelSpec,
  stored: StoredReply,
  source: Source,
): Omit<Call, "key" | "path" | "model" | "messages"> {
  const { reply, usage, attempts, at } = stored;
  const timing = { queuedMs: 0, backoffMs: 0, attempts };
  return { result: { ok: true, reply }, usage, costUsd: costUsd(usage, spec.price), timing, source, at };
}
