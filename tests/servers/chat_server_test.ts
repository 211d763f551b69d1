import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import process from "node:process";
import { fileURLToPath } from "node:url";
import {
  type Behaviour,
  type ChatServer,
  type ChatServerOptions,
  DEFAULT_ANSWER,
  DEFAULT_USAGE,
  lastUserText,
  startChatServer,
} from "./chat_server.ts";
import { spawnChatServer } from "./spawn_chat_server.ts";

const LONG_MS = 3_600_000;
const ASK = JSON.stringify({ model: "m", messages: [{ role: "user", content: "Capital of France?" }] });

function ask(
  server: { baseUrl: string },
  body = ASK,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${server.baseUrl}/chat/completions`, { method: "POST", body, headers });
}

function serverOf(behaviour: Behaviour, options: ChatServerOptions = {}): Promise<ChatServer> {
  return startChatServer({ ...options, respond: () => behaviour });
}

/** A client on a bare TCP connection, so that tests see what is on the wire. */
class RawClient {
  #bytes: Uint8Array = new Uint8Array();
  #errorCode: string | undefined;
  #ended: Promise<void>;

  constructor(readonly socket: Socket) {
    socket.on("data", (chunk: Uint8Array) => this.#bytes = Buffer.concat([this.#bytes, chunk]));
    socket.on("error", (error: Error & { code?: string }) => this.#errorCode = error.code);
    this.#ended = new Promise((resolve) => socket.on("close", () => resolve()));
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new RawClient(socket);
  }

  send(body = ASK): void {
    const head = `POST /v1/chat/completions HTTP/1.1\r\nHost: test\r\nContent-Length: ${body.length}\r\n\r\n`;
    this.socket.write(head + body);
  }

  /** One byte a character, so that lengths are lengths on the wire. */
  get received(): string {
    return Buffer.from(this.#bytes).toString("latin1");
  }

  async until(condition: (received: string) => boolean): Promise<void> {
    while (!condition(this.received)) await once(this.socket, "data");
  }

  /** Resolves when the connection is gone, with the code of the error that ended it. */
  async ended(): Promise<string | undefined> {
    await this.#ended;
    return this.#errorCode;
  }

  async hangUp(): Promise<void> {
    this.socket.destroy();
    await this.#ended;
  }
}

function splitHead(received: string): { head: string; body: string; contentLength: number } {
  const at = received.indexOf("\r\n\r\n");
  const head = received.slice(0, at);
  return {
    head,
    body: received.slice(at + 4),
    contentLength: Number(/content-length: (\d+)/i.exec(head)?.[1]),
  };
}

Deno.test("startChatServer() answers with a complete chat completion by default", async () => {
  await using server = await startChatServer();
  const response = await ask(server);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.equal(response.headers.get("x-request-id"), "req_1");
  const reply = await response.json();
  assert.equal(reply.object, "chat.completion");
  assert.equal(reply.model, "m");
  assert.deepEqual(reply.choices, [{
    index: 0,
    message: { role: "assistant", content: DEFAULT_ANSWER, refusal: null },
    logprobs: null,
    finish_reason: "stop",
  }]);
  assert.deepEqual(reply.usage, DEFAULT_USAGE);
  assert.equal(reply.usage.prompt_tokens_details.cached_tokens, 64);
  assert.equal(reply.usage.completion_tokens_details.reasoning_tokens, 4);
});

Deno.test("startChatServer() answers from the last user message when answer() reads it", async () => {
  await using server = await startChatServer({ answer: (request) => lastUserText(request).toUpperCase() });
  const messages = [
    { role: "user", content: "first" },
    { role: "assistant", content: "no" },
    { role: "user", content: [{ type: "text", text: "zwei " }, { type: "text", text: "drei" }] },
  ];
  const reply = await (await ask(server, JSON.stringify({ model: "m", messages }))).json();
  assert.equal(reply.choices[0].message.content, "ZWEI DREI");
});

Deno.test("startChatServer() lists its models and answers other paths with 404", async () => {
  await using server = await startChatServer({ models: ["a", "b"] });
  const list = await (await fetch(`${server.baseUrl}/models`)).json();
  assert.deepEqual(list.data.map((model: { id: string }) => model.id), ["a", "b"]);
  const missing = await fetch(`${server.baseUrl}/nothing`);
  assert.equal(missing.status, 404);
  await missing.body?.cancel();
  assert.deepEqual(server.stats().byPath, { "/v1/models": 1, "/v1/nothing": 1 });
  assert.equal(server.stats().total, 0);
});

Deno.test("startChatServer() rejects bodies that an endpoint would reject, and counts them", async () => {
  await using server = await startChatServer();
  const bodies = [
    "{",
    '"text"',
    '{"messages":[{}]}',
    '{"model":"m","messages":[]}',
    ASK.replace("{", '{"n":0,'),
    ASK.replace("{", '{"stream":true,'),
  ];
  for (const body of bodies) {
    const response = await ask(server, body);
    assert.equal(response.status, 400, body);
    assert.equal((await response.json()).error.type, "invalid_request_error");
  }
  assert.equal(server.stats().total, bodies.length);
  assert.equal(server.requests()[0]?.text, "{");
});

Deno.test("requests() holds bodies, headers and arrival times in order", async () => {
  await using server = await startChatServer();
  const before = performance.now();
  for (const seed of [7, 8]) {
    await (await ask(server, ASK.replace("{", `{"seed":${seed},`), { "X-Trace": `t${seed}` })).json();
  }
  const [first, second] = server.requests();
  assert(first && second);
  assert.deepEqual([first.number, first.body.seed, first.headers["x-trace"]], [1, 7, "t7"]);
  assert.deepEqual([second.number, second.body.seed, second.headers["x-trace"]], [2, 8, "t8"]);
  assert(before <= first.receivedAtMs && first.receivedAtMs <= second.receivedAtMs);
});

Deno.test("respond() decides by running number and undefined means a valid reply", async () => {
  await using server = await startChatServer({
    respond: (_request, n) => n <= 2 ? { kind: "status", status: 500 } : undefined,
  });
  const statuses: number[] = [];
  for (let i = 0; i < 3; i++) {
    const response = await ask(server);
    statuses.push(response.status);
    await response.json();
  }
  assert.deepEqual(statuses, [500, 500, 200]);
});

Deno.test("reply sets finish reason, refusal, usage and one content per choice", async () => {
  await using server = await startChatServer({
    respond: (_request, n) =>
      n === 1
        ? {
          kind: "reply",
          content: "x",
          finishReason: "content_filter",
          refusal: "no",
          usage: null,
          delayMs: 1,
          choices: (asked) => Array.from({ length: asked }, (_, index) => `c${index}`),
        }
        : { kind: "reply", content: "same" },
  });
  const three = ASK.replace("{", '{"n":3,');
  const reply = await (await ask(server, three)).json();
  assert.equal("usage" in reply, false);
  assert.deepEqual(
    reply.choices.map((choice: { index: number; message: { content: string } }) => choice.message.content),
    ["c0", "c1", "c2"],
  );
  assert.equal(reply.choices[2].index, 2);
  assert.equal(reply.choices[0].finish_reason, "content_filter");
  assert.equal(reply.choices[0].message.refusal, "no");
  const again = await (await ask(server, three)).json();
  assert.deepEqual(
    again.choices.map((choice: { message: { content: string } }) => choice.message.content),
    ["same", "same", "same"],
  );
});

Deno.test("status sends code, headers and body as told", async (t) => {
  const date = "Wed, 21 Oct 2026 07:28:00 GMT";
  const steps: { behaviour: Behaviour; type: string; body: RegExp; headers?: Record<string, string> }[] = [
    { behaviour: { kind: "status", status: 500 }, type: "application/json", body: /"type":"server_error"/ },
    { behaviour: { kind: "status", status: 401 }, type: "application/json", body: /authentication_error/ },
    { behaviour: { kind: "status", status: 403 }, type: "application/json", body: /authentication_error/ },
    {
      behaviour: { kind: "status", status: 404, body: { error: { message: "no such model" } } },
      type: "application/json",
      body: /^\{"error":\{"message":"no such model"\}\}$/,
    },
    {
      behaviour: { kind: "status", status: 429, headers: { "retry-after": "2" } },
      type: "application/json",
      body: /rate_limit_error/,
      headers: { "retry-after": "2" },
    },
    {
      behaviour: { kind: "status", status: 429, headers: { "Retry-After": date }, body: "later" },
      type: "application/json",
      body: /^later$/,
      headers: { "retry-after": date },
    },
    {
      behaviour: { kind: "status", status: 200, body: "", contentType: "text/plain" },
      type: "text/plain",
      body: /^$/,
    },
    { behaviour: { kind: "html", status: 502 }, type: "text/html", body: /^<html>.*502/ },
  ];
  for (const { behaviour, type, body, headers = {} } of steps) {
    await t.step(JSON.stringify(behaviour), async () => {
      await using server = await serverOf(behaviour);
      const response = await ask(server);
      assert.equal(response.status, (behaviour as { status: number }).status);
      assert.equal(response.headers.get("content-type"), type);
      for (const [name, value] of Object.entries(headers)) assert.equal(response.headers.get(name), value);
      assert.match(await response.text(), body);
    });
  }
});

Deno.test("empty_choices, null_content, refusal and length are valid JSON with the named oddity", async () => {
  const behaviours: Behaviour[] = [
    { kind: "empty_choices" },
    { kind: "null_content" },
    { kind: "refusal", text: "I cannot help" },
    { kind: "length", content: '{"answer":"Par' },
  ];
  await using server = await startChatServer({ respond: (_request, n) => behaviours[n - 1] });
  const next = async () => await (await ask(server)).json();
  assert.deepEqual((await next()).choices, []);
  assert.equal((await next()).choices[0].message.content, null);
  const refused = (await next()).choices[0].message;
  assert.deepEqual([refused.content, refused.refusal], [null, "I cannot help"]);
  const cut = (await next()).choices[0];
  assert.deepEqual([cut.message.content, cut.finish_reason], ['{"answer":"Par', "length"]);
});

Deno.test("echo_auth repeats the Authorization header in the error", async () => {
  await using server = await startChatServer({
    respond: (_request, n) => n === 1 ? { kind: "echo_auth" } : { kind: "echo_auth", status: 400 },
  });
  for (const status of [401, 400]) {
    const response = await ask(server, ASK, { authorization: "Bearer sk-secret-123" });
    assert.equal(response.status, status);
    assert.match((await response.json()).error.message, /Bearer sk-secret-123/);
  }
});

Deno.test("sse sends an event stream that ends with [DONE]", async () => {
  await using server = await serverOf({ kind: "sse", content: "Paris" });
  const response = await ask(server);
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  const events = (await response.text()).trimEnd().split("\n\n").map((line) => line.replace(/^data: /, ""));
  assert.equal(JSON.parse(events[0] ?? "").choices[0].delta.content, "Paris");
  assert.equal(events.at(-1), "[DONE]");
});

Deno.test("broken_utf8 sends JSON whose bytes are not UTF-8", async () => {
  await using server = await serverOf({ kind: "broken_utf8" });
  const bytes = await (await ask(server)).bytes();
  assert.throws(() => new TextDecoder("utf-8", { fatal: true }).decode(bytes), TypeError);
  assert.equal(JSON.parse(new TextDecoder("latin1").decode(bytes)).choices[0].message.content, "café");
});

Deno.test("reset ends the connection with RST at the named place", async (t) => {
  for (const after of ["request", "headers", "middle of body"] as const) {
    await t.step(after, async () => {
      await using server = await serverOf({ kind: "reset", after });
      const client = await RawClient.connect(server.port);
      client.send();
      assert.equal(await client.ended(), "ECONNRESET");
      const { head, body, contentLength } = splitHead(client.received);
      if (after === "request") assert.equal(client.received, "");
      else assert.match(head, /^HTTP\/1\.1 200 OK/);
      if (after === "headers") assert.equal(body, "");
      if (after === "middle of body") assert(body.length > 0 && body.length < contentLength);
      assert.deepEqual([server.stats().inFlight, server.stats().aborted], [0, 0]);
    });
  }
});

Deno.test("slow_headers, delayMs and hang send nothing while another request is answered", async (t) => {
  const behaviours: Behaviour[] = [
    { kind: "slow_headers", ms: LONG_MS },
    { kind: "reply", content: "late", delayMs: LONG_MS },
    { kind: "hang" },
  ];
  for (const behaviour of behaviours) {
    await t.step(behaviour.kind, async () => {
      await using server = await startChatServer({
        respond: (_request, n) => n === 1 ? behaviour : undefined,
      });
      const client = await RawClient.connect(server.port);
      client.send();
      await server.waitFor(1);
      await (await ask(server)).json();
      assert.equal(client.received, "");
      assert.equal(server.stats().inFlight, 1);
      await client.hangUp();
      await server.waitForAborted(1);
      assert.deepEqual([server.stats().inFlight, server.stats().aborted], [0, 1]);
    });
  }
});

Deno.test("slow_headers and slow_body end in a valid reply", async () => {
  for (const kind of ["slow_headers", "slow_body"] as const) {
    await using server = await serverOf({ kind, ms: 5 }, { answer: () => "ünïcode" });
    assert.equal((await (await ask(server)).json()).choices[0].message.content, "ünïcode");
    assert.equal(server.stats().inFlight, 0);
  }
});

Deno.test("slow_body sends its headers before its body", async () => {
  await using server = await serverOf({ kind: "slow_body", ms: LONG_MS });
  const client = await RawClient.connect(server.port);
  client.send();
  await client.until((received) => received.includes("\r\n\r\n"));
  const { head, body, contentLength } = splitHead(client.received);
  assert.match(head, /^HTTP\/1\.1 200 OK/);
  assert(contentLength > 0);
  assert.equal(body, "");
  await client.hangUp();
  await server.waitForAborted(1);
});

Deno.test("huge sends valid JSON of exactly the asked length", async () => {
  const bytes = 3_000_001;
  await using server = await serverOf({ kind: "huge", bytes });
  const response = await ask(server);
  assert.equal(response.headers.get("content-length"), String(bytes));
  const text = await response.text();
  assert.equal(text.length, bytes);
  assert.match(JSON.parse(text).choices[0].message.content, /^x+$/);
});

Deno.test("huge stops when the client hangs up", async () => {
  await using server = await serverOf({ kind: "huge", bytes: 2 ** 40 });
  const client = await RawClient.connect(server.port);
  client.send();
  await once(client.socket, "data");
  await client.hangUp();
  await server.waitForAborted(1);
  assert.equal(server.stats().inFlight, 0);
});

Deno.test("stats() counts requests, the peak in flight and aborts", async () => {
  const gate = Promise.withResolvers<void>();
  await using server = await startChatServer({
    respond: async () => {
      await gate.promise;
      return undefined;
    },
  });
  const cancelled = new AbortController();
  const asks = Array.from({ length: 5 }, () => ask(server));
  const lost = fetch(`${server.baseUrl}/chat/completions`, {
    method: "POST",
    body: ASK,
    signal: cancelled.signal,
  });
  await server.waitFor(6);
  assert.equal(server.stats().inFlight, 6);
  cancelled.abort();
  await assert.rejects(lost, { name: "AbortError" });
  await server.waitForAborted(1);
  assert.equal(server.stats().inFlight, 5);
  gate.resolve();
  for (const response of await Promise.all(asks)) await response.json();
  for (let i = 0; i < 3; i++) await (await ask(server)).json();
  const { connections: _, ...counts } = server.stats();
  assert.deepEqual(counts, {
    total: 9,
    inFlight: 0,
    peakInFlight: 6,
    byPath: { "/v1/chat/completions": 9 },
    aborted: 1,
  });
});

Deno.test("peakInFlight never exceeds the number of clients", async () => {
  await using server = await startChatServer();
  await Promise.all(Array.from({ length: 4 }, async () => {
    for (let i = 0; i < 50; i++) await (await ask(server)).json();
  }));
  const { total, peakInFlight } = server.stats();
  assert.equal(total, 200);
  assert(peakInFlight >= 1 && peakInFlight <= 4, String(peakInFlight));
});

Deno.test("connections counts TCP connections, which requests share", async () => {
  await using server = await startChatServer();
  const client = await RawClient.connect(server.port);
  const replies = (received: string) => received.split("HTTP/1.1 200 OK").length - 1;
  for (let sent = 1; sent <= 3; sent++) {
    client.send();
    await client.until((received) => replies(received) === sent && received.endsWith("}}"));
  }
  const other = await RawClient.connect(server.port);
  other.send();
  await other.until((received) => received.endsWith("}}"));
  assert.deepEqual([server.stats().total, server.stats().connections], [4, 2]);
  await Promise.all([client.hangUp(), other.hangUp()]);
  assert.equal(server.stats().aborted, 0);
});

Deno.test("waitFor() resolves at once when enough requests came, and rejects when the server closes", async () => {
  await using server = await startChatServer();
  await (await ask(server)).json();
  await server.waitFor(1);
  const never = assert.rejects(server.waitFor(2), /wanted 2 requests arrived, found 1/);
  await server.close();
  await never;
  await assert.rejects(server.waitForAborted(1), /closed too early/);
});

Deno.test("close() drops open requests without counting them as aborted", async () => {
  const server = await serverOf({ kind: "slow_headers", ms: LONG_MS });
  const client = await RawClient.connect(server.port);
  client.send();
  await server.waitFor(1);
  await Promise.all([server.close(), server.close()]);
  await client.ended();
  assert.deepEqual([server.stats().inFlight, server.stats().aborted], [0, 0]);
  await assert.rejects(ask(server), TypeError);
});

Deno.test("close() rejects with the error that respond() threw", async () => {
  const server = await startChatServer({
    respond: () => {
      throw new RangeError("no answer for this");
    },
  });
  await assert.rejects(ask(server), TypeError);
  assert.equal(server.stats().inFlight, 0);
  await assert.rejects(server.close(), { name: "RangeError", message: "no answer for this" });
});

Deno.test("spawnChatServer() serves its answer, counts, and resets", async () => {
  await using server = await spawnChatServer({ latencyMs: 20, answer: '{"answer":42}' });
  const replies = await Promise.all(Array.from({ length: 8 }, async () => await (await ask(server)).json()));
  for (const reply of replies) assert.equal(reply.choices[0].message.content, '{"answer":42}');
  const models = await (await fetch(`${server.baseUrl}/models`)).json();
  assert.equal(models.data.length, 1);
  const { cpuMs, peakInFlight, connections, ...counts } = await server.stats();
  assert.deepEqual(counts, {
    total: 8,
    inFlight: 0,
    byPath: { "/v1/chat/completions": 8, "/v1/models": 1 },
  });
  assert(cpuMs > 0);
  assert(peakInFlight >= 1 && peakInFlight <= 8);
  assert(connections >= 1 && connections <= 8);
  await server.reset();
  const after = await server.stats();
  assert.deepEqual([after.total, after.peakInFlight, after.connections, after.byPath], [0, 0, 0, {}]);
});

Deno.test("spawnChatServer() rejects when its process cannot start", async () => {
  await assert.rejects(spawnChatServer({ latencyMs: -1 }), /ended with code 2/);
});

Deno.test({
  name: "chat_server_main.ts ends on SIGTERM",
  ignore: process.platform === "win32",
  fn: async () => {
    const main = fileURLToPath(new URL("./chat_server_main.ts", import.meta.url));
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", main, "--latency", "50", "--port", "0"],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const { value } = await lines.read();
    assert.match(value ?? "", /^\{"port":\d+\}\n$/);
    child.kill("SIGTERM");
    assert.equal((await child.status).code, 0);
    await lines.cancel();
  },
});
