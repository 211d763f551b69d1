import { InputError } from "../io/mod.ts";
import { OWN_HARDWARE, type Price, PRICES } from "./prices.ts";
import type { ModelSpec, Sampling, Structure } from "./types.ts";

/** Options of {@linkcode local}, {@linkcode openai} and {@linkcode compatible}. */
export interface ModelOptions {
  /** How JSON is asked for. @default {"schema"} */
  structure?: Structure;
  /** Sampling temperature. @default {0.7} */
  temperature?: number;
  /** Nucleus, 0 to 1. */
  topP?: number;
  /** Most requests in flight at this endpoint. @default {4 for a local model, else 16} */
  concurrency?: number;
  /** Price in USD per million tokens, with source and date. @default {the shipped list's, else unknown} */
  price?: Price;
  /** Whether the endpoint takes a seed. @default {true} */
  sendsSeed?: boolean;
  /** Wire name of the token limit; reasoning models want `max_completion_tokens`. @default {"max_tokens"} */
  tokenLimit?: ModelSpec["tokenLimit"];
  /** Whether samples may be the choices of one request; say no to a model that refuses `n`. @default {true for openai(), else false} */
  severalChoices?: boolean;
}

/** Options of {@linkcode compatible}. */
export interface CompatibleOptions extends ModelOptions {
  /** Base URL with its `/v1`, e.g. `http://localhost:11434/v1`. */
  baseUrl: string;
  /** Name of the environment variable with the key; none where no key is needed. */
  apiKeyEnv?: string;
}

/**
 * A model that `deno task model NAME` provisions and starts on this machine.
 *
 * @example Usage
 * ```ts
 * import { local } from "@lib/model/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(local("qwen2.5-coder-1.5b").name, "local:qwen2.5-coder-1.5b");
 * ```
 */
export function local(model: string, options: ModelOptions = {}): ModelSpec {
  const name = `local:${model}`;
  const endpoint = { id: name, concurrency: options.concurrency ?? 4 };
  return { ...common(model, options), name, endpoint, price: options.price ?? OWN_HARDWARE };
}

/** A model of OpenAI; the key is read from `OPENAI_API_KEY`. */
export function openai(model: string, options: ModelOptions = {}): ModelSpec {
  const endpoint = {
    id: "openai",
    baseUrl: "https://api.openai.com/v1",
    apiKeyEnv: "OPENAI_API_KEY",
    concurrency: options.concurrency ?? 16,
  };
  const price = options.price ?? (Object.hasOwn(PRICES, model) ? PRICES[model] : undefined);
  return {
    ...common(model, { severalChoices: true, ...options }),
    name: `openai:${model}`,
    endpoint,
    ...(price && { price }),
  };
}

/**
 * A model at any OpenAI-compatible base URL.
 *
 * @throws InputError when the base URL is none.
 * @example Usage
 * ```ts
 * import { compatible } from "@lib/model/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const model = compatible("llama3.2", { baseUrl: "http://localhost:11434/v1/" });
 * assert.equal(model.name, "http://localhost:11434/v1#llama3.2");
 * ```
 */
export function compatible(model: string, options: CompatibleOptions): ModelSpec {
  const url = URL.parse(options.baseUrl);
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    throw new InputError("Bad base URL of a model", {
      where: `model ${JSON.stringify(model)}`,
      found: JSON.stringify(options.baseUrl.replace(/\/\/.*@/s, "//…@")),
      expected: "http(s)://host[:port]/v1, without a user or key in it",
    });
  }
  const baseUrl = url.href.replace(/\/+$/, "");
  const endpoint = {
    id: baseUrl,
    baseUrl,
    ...(options.apiKeyEnv !== undefined && { apiKeyEnv: options.apiKeyEnv }),
    concurrency: options.concurrency ?? 16,
  };
  return {
    ...common(model, options),
    name: `${baseUrl}#${model}`,
    endpoint,
    ...(options.price && { price: options.price }),
  };
}

/** What stands in a matrix where a program asks no model. */
export const NO_MODEL: ModelSpec = {
  ...common("none", { structure: "plain", temperature: 0, sendsSeed: false }),
  name: "none",
  endpoint: { id: "none", concurrency: 16 },
  price: { ...OWN_HARDWARE, source: "no request" },
};

/**
 * Reads a model's name from a command line: `local:NAME`, `openai:NAME` or `BASE_URL#NAME`.
 *
 * @returns `undefined` when the text names no endpoint.
 */
export function parseModelName(text: string): ModelSpec | undefined {
  const [, kind, model] = /^(local|openai):(.+)$/s.exec(text) ?? [];
  if (model) return kind === "local" ? local(model) : openai(model);
  const at = text.lastIndexOf("#");
  return /^https?:\/\//.test(text) && at > 0 && at < text.length - 1
    ? compatible(text.slice(at + 1), { baseUrl: text.slice(0, at) })
    : undefined;
}

type Common = Omit<ModelSpec, "name" | "endpoint" | "price">;

function common(model: string, options: ModelOptions): Common {
  const { structure = "schema", temperature = 0.7, topP } = options;
  const { sendsSeed = true, tokenLimit = "max_tokens", severalChoices = false } = options;
  const sampling: Pick<Sampling, "temperature" | "topP"> = {
    temperature,
    ...(topP !== undefined && { topP }),
  };
  return { model, structure, sampling, sendsSeed, tokenLimit, severalChoices };
}
