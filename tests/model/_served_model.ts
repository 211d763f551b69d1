import {
  type Clock,
  compatible,
  type CompatibleOptions,
  createEndpoints,
  type EndpointsOptions,
  type Model,
  type ModelRequest,
  type ModelSpec,
  openModel,
  type OpenModelOptions,
  SYSTEM_CLOCK,
} from "@lib/model/mod.ts";

/** Far longer than any test runs; a wait of this length never ends by itself. */
export const LONG_MS = 3_600_000;

/** A clock that never waits: each sleep moves it on at once and is noted. */
export class ManualClock implements Clock {
  readonly sleeps: number[] = [];
  #now = 0;

  now(): number {
    return this.#now;
  }

  advance(ms: number): void {
    this.#now += ms;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.sleeps.push(ms);
    this.advance(ms);
    return Promise.resolve();
  }
}

/** The machine's clock, which tells when a sleep has begun. */
export class ObservedClock implements Clock {
  readonly #begun = Promise.withResolvers<number>();
  /** Resolves with the length of the first sleep, in ms, once it is under way. */
  readonly sleeping: Promise<number> = this.#begun.promise;

  now(): number {
    return SYSTEM_CLOCK.now();
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const sleep = SYSTEM_CLOCK.sleep(ms, signal);
    this.#begun.resolve(ms);
    return sleep;
  }
}

/** How {@linkcode serve} opens a model. */
export interface ServedOptions extends EndpointsOptions {
  spec?: Omit<CompatibleOptions, "baseUrl">;
  model?: Omit<Partial<OpenModelOptions>, "endpoints">;
}

/** A model that is opened at a test server. */
export interface Served extends AsyncDisposable {
  readonly model: Model;
  readonly spec: ModelSpec;
}

/** Opens a model at a server, live and with a clock that never waits, unless told otherwise. */
export function serve(server: { baseUrl: string }, options: ServedOptions = {}): Served {
  const { spec: specOptions, model: modelOptions, ...endpointOptions } = options;
  const spec = compatible("test-model", { ...specOptions, baseUrl: server.baseUrl });
  const endpoints = createEndpoints(endpointOptions);
  const model = openModel(spec, { mode: "live", clock: new ManualClock(), endpoints, ...modelOptions });
  return { spec, model, [Symbol.asyncDispose]: () => endpoints.close() };
}

/** A request, with some members replaced. */
export function ask(changes: Partial<ModelRequest> = {}): ModelRequest {
  return {
    messages: [{ role: "user", content: "Capital of France?" }],
    maxTokens: 64,
    rollout: 0,
    seed: 1,
    ...changes,
  };
}
