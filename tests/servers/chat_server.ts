import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import type { Behaviour, ChatRequest } from "./behaviour.ts";
import { DEFAULT_ANSWER, errorBody } from "./completion_body.ts";
import { partsFault } from "./content_parts.ts";
import { sendBehaviour } from "./send_behaviour.ts";

export {
  type Behaviour,
  type ChatRequest,
  lastUserText,
  type Reply,
  type StatusAnswer,
} from "./behaviour.ts";
export { DEFAULT_ANSWER, DEFAULT_USAGE } from "./completion_body.ts";

/** Options for {@linkcode startChatServer}. */
export interface ChatServerOptions {
  /**
   * Decides what happens to request number `n` (from 1); `undefined` stands for a valid reply. A promise holds
   * the request until it resolves.
   */
  respond?: (request: ChatRequest, n: number) => Behaviour | undefined | Promise<Behaviour | undefined>;
  /** Content of a valid reply. @default {() => DEFAULT_ANSWER} */
  answer?: (request: ChatRequest) => string | Promise<string>;
  /** Names that `GET /v1/models` lists. @default {["test-model"]} */
  models?: readonly string[];
  /** TCP port; 0 picks a free one. @default {0} */
  port?: number;
}

/** Counts since the server started; a request is a chat completion request whose body has arrived. */
export interface ChatServerStats {
  readonly total: number;
  /** Requests that are not answered yet. */
  readonly inFlight: number;
  readonly peakInFlight: number;
  /** TCP connections accepted. */
  readonly connections: number;
  /** Requests of any kind by path, such as `/v1/models`. */
  readonly byPath: Readonly<Record<string, number>>;
  /** Requests whose client hung up before the answer was complete. */
  readonly aborted: number;
}

/** A running server. */
export interface ChatServer extends AsyncDisposable {
  /** Base URL as the `openai` client wants it: `http://127.0.0.1:<port>/v1`. */
  readonly baseUrl: string;
  readonly port: number;
  stats(): ChatServerStats;
  /** Chat completion requests in the order of their arrival. */
  requests(): readonly ChatRequest[];
  /** Resolves when `n` requests have arrived since the start; rejects when the server closes first. */
  waitFor(n: number): Promise<void>;
  /** Resolves when clients have hung up on `n` requests; rejects when the server closes first. */
  waitForAborted(n: number): Promise<void>;
  /** Drops all connections; rejects with the first error that `respond` or `answer` threw. */
  close(): Promise<void>;
}

/**
 * Starts a real OpenAI-compatible HTTP server on 127.0.0.1: `POST /v1/chat/completions` without streaming and
 * `GET /v1/models`. It counts, records and, if told so, misbehaves on the wire.
 *
 * @example Usage
 * ```ts
 * import { lastUserText, startChatServer } from "./chat_server.ts";
 * import assert from "node:assert/strict";
 *
 * await using server = await startChatServer({
 *   answer: (request) => lastUserText(request).toUpperCase(),
 *   respond: (_request, n) => n === 1 ? { kind: "status", status: 500 } : undefined,
 * });
 * const body = JSON.stringify({ model: "m", messages: [{ role: "user", content: "yes" }] });
 * const ask = () => fetch(`${server.baseUrl}/chat/completions`, { method: "POST", body });
 * assert.equal((await (await ask()).json()).error.type, "server_error");
 * assert.equal((await (await ask()).json()).choices[0].message.content, "YES");
 * assert.equal(server.stats().total, 2);
 * ```
 */
export async function startChatServer(options: ChatServerOptions = {}): Promise<ChatServer> {
  const { respond, answer = () => DEFAULT_ANSWER, models = ["test-model"], port = 0 } = options;
  const requests: ChatRequest[] = [];
  const byPath: Record<string, number> = {};
  let inFlight = 0;
  let peakInFlight = 0;
  let connections = 0;
  let aborted = 0;
  let closing: Promise<void> | undefined;
  let firstError: Error | undefined;
  const arrivals = new Milestones(() => requests.length, "requests arrived");
  const hangUps = new Milestones(() => aborted, "clients hung up");

  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (incoming, response) => {
    handle(incoming, response).catch((error: Error) => {
      const hungUp = error.name === "AbortError" || !incoming.complete;
      if (!hungUp) firstError ??= error;
      response.destroy();
    });
  });
  server.on("connection", () => connections++);

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    incoming.on("error", () => {}); // a hang-up after the body is read is told to no one else
    const text = await readText(incoming);
    const path = new URL(incoming.url ?? "/", "http://localhost").pathname;
    byPath[path] = (byPath[path] ?? 0) + 1;
    if (path === "/v1/chat/completions" && incoming.method === "POST") {
      await complete(text, incoming, response);
    } else if (path === "/v1/models" && incoming.method === "GET") {
      const data = models.map((id) => ({ id, object: "model", created: 1_700_000_000, owned_by: "test" }));
      sendJson(response, 200, JSON.stringify({ object: "list", data }));
    } else {
      sendJson(response, 404, errorBody(404, `Unknown request URL: ${incoming.method} ${path}`));
    }
  }

  async function complete(text: string, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    let open = true;
    const answered = () => {
      if (open) inFlight--;
      open = false;
    };
    // A write that crosses a hang-up is no fault of the server.
    response.on("error", () => {});
    response.on("close", () => {
      if (open && closing === undefined) aborted++;
      answered();
      gone.abort();
      hangUps.check();
    });
    const request: ChatRequest = {
      number: requests.length + 1,
      receivedAtMs: performance.now(),
      headers: joinHeaders(incoming.headers),
      text,
      body: parseBody(text),
    };
    requests.push(request);
    inFlight++;
    peakInFlight = Math.max(peakInFlight, inFlight);
    arrivals.check();

    try {
      const content = async () => await answer(request);
      const behaviour = await behaviourFor(request);
      if (!gone.signal.aborted) {
        await sendBehaviour(behaviour, { request, response, content, gone: gone.signal, answered });
      }
    } catch (error) {
      if (!gone.signal.aborted) answered();
      throw error;
    }
  }

  async function behaviourFor(request: ChatRequest): Promise<Behaviour> {
    const fault = faultOf(request.body);
    if (fault !== undefined) return { kind: "status", status: 400, body: errorBody(400, fault) };
    return await respond?.(request, request.number) ?? { kind: "reply", content: await answer(request) };
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const bound = (server.address() as AddressInfo).port;

  const close = () =>
    closing ??= new Promise<void>((resolve, reject) => {
      server.close(() => firstError === undefined ? resolve() : reject(firstError));
      server.closeAllConnections();
      arrivals.giveUp();
      hangUps.giveUp();
    });

  return {
    baseUrl: `http://127.0.0.1:${bound}/v1`,
    port: bound,
    stats: () => ({
      total: requests.length,
      inFlight,
      peakInFlight,
      connections,
      byPath: { ...byPath },
      aborted,
    }),
    requests: () => [...requests],
    waitFor: (n) => arrivals.reach(n),
    waitForAborted: (n) => hangUps.reach(n),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Promises that resolve when a growing count reaches a goal. */
class Milestones {
  #waiting: { goal: number; resolve: () => void; reject: (error: Error) => void }[] = [];
  #closed = false;

  constructor(readonly count: () => number, readonly what: string) {}

  reach(goal: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ goal, resolve, reject });
      this.check();
      if (this.#closed) this.giveUp();
    });
  }

  check(): void {
    for (const { goal, resolve } of this.#waiting) if (this.count() >= goal) resolve();
    this.#waiting = this.#waiting.filter(({ goal }) => this.count() < goal);
  }

  giveUp(): void {
    this.#closed = true;
    for (const { goal, reject } of this.#waiting.splice(0)) {
      reject(new Error(`The server closed too early: wanted ${goal} ${this.what}, found ${this.count()}`));
    }
  }
}

function sendJson(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "application/json" }).end(text);
}

function joinHeaders(headers: IncomingMessage["headers"]): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

function parseBody(text: string): ChatRequest["body"] {
  try {
    const value: unknown = JSON.parse(text);
    return (typeof value === "object" && value !== null ? value : {}) as ChatRequest["body"];
  } catch {
    return {} as ChatRequest["body"];
  }
}

/** What a strict endpoint would reject, or undefined. */
function faultOf(body: ChatRequest["body"]): string | undefined {
  if (typeof body.model !== "string") return "you must provide a model parameter";
  if (!Array.isArray(body.messages) || body.messages.length === 0) {
    return "messages must be a non-empty array";
  }
  if (body.n != null && !(Number.isInteger(body.n) && body.n >= 1)) return "n must be an integer >= 1";
  if ((body as { stream?: unknown }).stream === true) return "streaming is not supported";
  return partsFault(body.messages);
}
