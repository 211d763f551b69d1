import type { Message } from "../prompt/mod.ts";
import type { Price } from "./prices.ts";

/** How a model is asked for JSON: an enforced schema, any JSON object, or by the prompt alone. */
export type Structure = "schema" | "json_object" | "plain";

/** An OpenAI-compatible endpoint, as data. */
export interface EndpointSpec {
  /** Identity in request keys and messages: `local`, `openai`, or the base URL. */
  id: string;
  /** Base URL with its `/v1`; a local model's is found when it runs. */
  baseUrl?: string;
  /** Name of the environment variable that holds the key; none where the endpoint takes no key. */
  apiKeyEnv?: string;
  /** Most requests in flight. */
  concurrency: number;
}

/** Sampling parameters as they go over the wire. */
export interface Sampling {
  /** From 0; 0 is sent as 0. */
  temperature: number;
  /** Nucleus, 0 to 1. */
  topP?: number;
  /** Most output tokens, reasoning included. */
  maxTokens: number;
  /** Sent where the model takes one. */
  seed?: number;
}

/** A model that a task declares: pure data, nothing is opened. */
export interface ModelSpec {
  /** Name with its endpoint, e.g. `local:qwen2.5-coder-1.5b`. */
  name: string;
  /** Name on the wire. */
  model: string;
  endpoint: EndpointSpec;
  structure: Structure;
  /** Temperature and nucleus; a strategy may set others. */
  sampling: Pick<Sampling, "temperature" | "topP">;
  /** Whether the endpoint takes a `seed`. */
  sendsSeed: boolean;
  /** Name of the wire parameter for the token limit. */
  tokenLimit: "max_tokens" | "max_completion_tokens";
  /**
   * Whether several samples may be asked for as the choices of one request (`n`). It is part of no request key:
   * sample i is the same, whether it came alone or as one of several choices. Local models are asked once a sample,
   * so that each has the seed and the usage of its own and repeats and votes share their recordings; llama.cpp's
   * server honours `n`, but counts the tokens of one choice alone.
   */
  severalChoices: boolean;
  /** USD per million tokens, with source and date; `undefined` is unknown, never 0. */
  price?: Price;
}

/** What a program asks of a model. */
export interface ModelRequest {
  messages: readonly Message[];
  /** Strict JSON schema of the reply, with a name. */
  schema?: { name: string; schema: Readonly<Record<string, unknown>> };
  /** Most output tokens, reasoning included. */
  maxTokens: number;
  /** In place of the model's own temperature. */
  temperature?: number;
  /** Index of an independent sample: different rollouts never share a reply. */
  rollout: number;
  /** Seed of the run; the wire seed is derived from it and the rollout. */
  seed: number;
}

/** Token counts as the provider reported them. */
export interface Usage {
  /** Prompt tokens, cached ones included. */
  inputTokens: number;
  /** Prompt tokens served from the provider's cache. */
  cachedTokens: number;
  /** Completion tokens, reasoning included. */
  outputTokens: number;
  /** Completion tokens spent on hidden reasoning. */
  reasoningTokens: number;
}

/** A model's reply, unread. */
export interface Reply {
  text: string | null;
  /** `stop`, `length`, `content_filter`, … as the provider said. */
  finishReason: string | null;
  /** The provider's refusal text. */
  refusal?: string;
  /** Model name and build as the provider reported them. */
  servedBy?: string;
}

/** Why a request got no reply. */
export type FaultKind =
  | "timeout"
  | "rate_limit"
  | "server"
  | "connection"
  | "auth"
  | "not_found"
  | "bad_request"
  | "protocol"
  | "too_large";

/** A request without a reply: an infrastructure fault, not a model's mistake. */
export interface ModelFault {
  kind: FaultKind;
  /** HTTP status, where there was one. */
  status?: number;
  /** One line, free of secrets. */
  message: string;
}

/** One attempt on the wire. */
export interface Attempt {
  /** From sending to the last byte, in ms; waiting is not in it. */
  durationMs: number;
  /** What went wrong, for a failed attempt. */
  fault?: ModelFault;
}

/** Time of a call, waiting apart from work. */
export interface Timing {
  /** Waiting for a free place at the endpoint, ms. */
  queuedMs: number;
  /** Waiting between attempts, `Retry-After` included, ms. */
  backoffMs: number;
  /** Every attempt in order; none for a choice that came in the reply to another call. */
  attempts: readonly Attempt[];
}

/** Where a reply came from. */
export type Source = "live" | "cache" | "recording";

/** One request of a program with what became of it. */
export interface Call {
  /** SHA-256 over endpoint, model, messages, sampling, schema, rollout and renderer version. */
  key: string;
  /** Place in the program: names of calls, samples, corrections, outermost first. */
  path: readonly string[];
  /** Name of the {@linkcode ModelSpec}. */
  model: string;
  messages: readonly Message[];
  result: { ok: true; reply: Reply } | { ok: false; fault: ModelFault };
  /**
   * `null` when the provider reported none. A provider counts once for all choices of a request: the first of
   * their calls has it all, the others have 0, so that sums are right.
   */
  usage: Usage | null;
  /** Price of the request; `null` when price or usage is unknown. Cached and recorded calls cost this once, not now. */
  costUsd: number | null;
  timing: Timing;
  source: Source;
  /** When the reply was first received, ISO 8601. */
  at: string;
}

/** Options of {@linkcode Model.generate}. */
export interface GenerateOptions {
  /** Place in the program. @default {[]} */
  path?: readonly string[];
  /** Ends the call at once. */
  signal?: AbortSignal;
}

/** Options of {@linkcode Model.generateSamples}. */
export interface GenerateSamplesOptions {
  /** Place of each sample in the program, in the order of the rollouts. @default {[] for each} */
  paths?: readonly (readonly string[])[];
  /** Ends all of them at once. */
  signal?: AbortSignal;
}

/** The one interface to a model. */
export interface Model {
  readonly spec: ModelSpec;
  /**
   * Sends one request, or answers it from a store.
   *
   * @returns A call, failed ones included: a fault is data.
   * @throws The signal's reason when aborted; InputError when nothing may be called and nothing is stored.
   */
  generate(request: ModelRequest, options?: GenerateOptions): Promise<Call>;
  /**
   * Draws several samples of a request, where the model can: those that no store holds are the choices of one
   * request with the seed of the first of them, and each is kept under its own key. Usage, cost and attempts are
   * booked on the first; a fault is the fault of all. An endpoint that sends fewer choices is asked for the others
   * one by one, and from then on always so.
   *
   * @param request What all samples have in common; its own rollout does not count.
   * @param rollouts One a sample, each a different one.
   * @returns A call for each rollout, in their order.
   * @throws As {@linkcode Model.generate} does.
   */
  generateSamples?(
    request: ModelRequest,
    rollouts: readonly number[],
    options?: GenerateSamplesOptions,
  ): Promise<Call[]>;
}
