import { InputError } from "../io/mod.ts";
import { Limiter } from "./limiter.ts";
import type { Transport, TransportOptions } from "./transport.ts";
import type { ModelSpec } from "./types.ts";

/** An endpoint that is ready to be called. */
export interface OpenEndpoint {
  transport: Transport;
  limiter: Limiter;
}

/** Options of {@linkcode createEndpoints}. */
export interface EndpointsOptions {
  /** Most requests in flight per endpoint, in place of each model's own. */
  concurrency?: number;
  /** Longest time of one attempt, ms. @default {300_000} */
  timeoutMs?: number;
  /** Longest reply body, bytes. @default {4_000_000} */
  maxReplyBytes?: number;
  /** Reads an environment variable. @default {Deno.env.get} */
  env?: (name: string) => string | undefined;
  /** Base URL of a running local model, or `undefined` when it does not run. @default {what `deno task model` started} */
  findLocal?: (model: string) => Promise<string | undefined>;
}

/** The endpoints of one run: each opened once, at its first use. */
export interface Endpoints {
  /**
   * The open endpoint of a model.
   *
   * @throws InputError when it cannot be reached or its key is missing, with the way out.
   */
  open(spec: ModelSpec): Promise<OpenEndpoint>;
  /** Closes all connections. */
  close(): Promise<void>;
}

/** Makes the endpoints of a run. Nothing is opened before the first use. */
export function createEndpoints(options: EndpointsOptions = {}): Endpoints {
  const opened = new Map<string, Promise<OpenEndpoint>>();
  return {
    open(spec) {
      const { id, apiKeyEnv = "" } = spec.endpoint;
      const name = `${id} ${apiKeyEnv}`; // models of one endpoint may be called with different keys
      const known = opened.get(name);
      if (known) return known;
      const opening = openEndpoint(spec, options);
      opened.set(name, opening);
      opening.catch(() => opened.delete(name)); // the next call tries again: its server may be up by then
      return opening;
    },
    async close() {
      const settled = await Promise.allSettled(opened.values());
      await Promise.all(
        settled.map((entry) => entry.status === "fulfilled" ? entry.value.transport.close() : undefined),
      );
    },
  };
}

async function openEndpoint(spec: ModelSpec, options: EndpointsOptions): Promise<OpenEndpoint> {
  const { env = Deno.env.get, timeoutMs = 300_000, maxReplyBytes = 4_000_000 } = options;
  const connections = options.concurrency ?? spec.endpoint.concurrency;
  const apiKey = readKey(spec, env);
  const baseUrl = await reachable(spec, options);
  // the client is the largest import of the project: a replay never pays for it, and the timer of the connection
  // must not run while it is read
  const { openTransport } = await import("./transport.ts");
  const transport: TransportOptions = {
    baseUrl,
    timeoutMs,
    maxReplyBytes,
    connections,
    ...(apiKey && { apiKey }),
  };
  return { transport: openTransport(transport), limiter: new Limiter(connections) };
}

function readKey(spec: ModelSpec, env: (name: string) => string | undefined): string | undefined {
  const { apiKeyEnv } = spec.endpoint;
  if (apiKeyEnv === undefined) return undefined;
  const key = env(apiKeyEnv)?.trim();
  if (key && !/^[\x21-\x7e]+$/.test(key)) {
    throw new InputError(`Unusable key for ${spec.name}`, {
      where: `environment variable ${apiKeyEnv}`,
      found: "a character that no key has: a space, a line end or one beyond ASCII",
      expected: "the key alone, as the provider shows it",
    });
  }
  if (key) return key;
  throw new InputError(`Missing key for ${spec.name}`, {
    where: `environment variable ${apiKeyEnv}`,
    expected: `the key of endpoint ${spec.endpoint.id}`,
    fix: `export ${apiKeyEnv}=… or choose other models with --models`,
  });
}

async function findStarted(model: string): Promise<string | undefined> {
  const { findServer } = await import("./local/mod.ts");
  return (await findServer(model))?.baseUrl;
}

/** Longest wait for the first connection to an endpoint, ms. */
const CONNECT_MS = 10_000;

async function reachable(spec: ModelSpec, { findLocal = findStarted }: EndpointsOptions): Promise<string> {
  const baseUrl = spec.endpoint.baseUrl ?? await findLocal(spec.model);
  const fix = spec.endpoint.baseUrl
    ? "start that server, or choose other models with --models"
    : `start it: deno task model ${spec.model}`;
  if (baseUrl === undefined) {
    throw new InputError(`The model ${spec.name} is not running`, {
      where: `endpoint ${spec.endpoint.id}`,
      fix,
    });
  }
  const { hostname, port, protocol } = new URL(baseUrl);
  try {
    const host = hostname.replace(/^\[|\]$/g, "");
    const connection = await Deno.connect({
      hostname: host,
      port: Number(port) || (protocol === "https:" ? 443 : 80),
      signal: AbortSignal.timeout(CONNECT_MS),
    });
    connection.close();
    return baseUrl;
  } catch (cause) {
    throw new InputError(`Cannot reach the endpoint of ${spec.name}`, {
      where: baseUrl,
      found: cause instanceof Error ? cause.message : String(cause),
      fix,
      cause,
    });
  }
}
