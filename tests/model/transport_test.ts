import type { Usage } from "@lib/model/mod.ts";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { type Behaviour, DEFAULT_ANSWER, startChatServer } from "../servers/chat_server.ts";
import { ask, LONG_MS, serve, type ServedOptions } from "./_served_model.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const json = (body: unknown): Behaviour => ({ kind: "status", status: 200, body: JSON.stringify(body) });
const choice = (message: unknown, more: Record<string, unknown> = {}): Behaviour =>
  json({ choices: [{ index: 0, message, finish_reason: "stop" }], ...more });

/** What a lasting behaviour of an endpoint comes to, and what the server saw of it. */
async function meet(behaviour: Behaviour, options: ServedOptions = {}) {
  await using server = await startChatServer({ respond: () => behaviour });
  await using served = serve(server, options);
  const call = await served.model.generate(ask());
  return { call, stats: server.stats() };
}

async function faultOf(behaviour: Behaviour, options: ServedOptions = {}) {
  const { call, stats } = await meet(behaviour, options);
  assert(!call.result.ok);
  return { ...call.result.fault, total: stats.total, attempts: call.timing.attempts };
}

async function replyOf(behaviour: Behaviour) {
  const { call, stats } = await meet(behaviour);
  assert(call.result.ok);
  assert.equal(stats.total, 1);
  return { ...call.result.reply, usage: call.usage };
}

Deno.test("generate() returns text, finish reason, build and all four token counts", async () => {
  await using server = await startChatServer();
  await using served = serve(server);
  const call = await served.model.generate(ask(), { path: ["percent"] });
  assert.deepEqual(call.result, {
    ok: true,
    reply: { text: DEFAULT_ANSWER, finishReason: "stop", servedBy: "test-model" },
  });
  assert.deepEqual(call.usage, { inputTokens: 120, cachedTokens: 64, outputTokens: 12, reasoningTokens: 4 });
  assert.deepEqual(call.path, ["percent"]);
  assert.deepEqual(call.messages, ask().messages);
  assert.equal(call.source, "live");
  assert.equal(call.model, served.spec.name);
  assert.equal(call.at, new Date(call.at).toISOString());
  assert.equal(call.timing.attempts.length, 1);
});

Deno.test("generate() keeps the system fingerprint beside the model's name", async () => {
  const { servedBy } = await replyOf(
    choice({ content: "x" }, { model: "m-2026", system_fingerprint: "fp_1" }),
  );
  assert.equal(servedBy, "m-2026 fp_1");
});

Deno.test("generate() returns null text when the content is null", async () => {
  assert.equal((await replyOf({ kind: "null_content" })).text, null);
});

Deno.test("generate() returns a refusal apart from the text", async () => {
  const { text, refusal } = await replyOf({ kind: "refusal", text: "I cannot help with that" });
  assert.equal(text, null);
  assert.equal(refusal, "I cannot help with that");
});

Deno.test("generate() returns a cut reply with its finish reason, as a reply and not as a fault", async () => {
  const { text, finishReason } = await replyOf({ kind: "length", content: '{"answer":"Par' });
  assert.equal(text, '{"answer":"Par');
  assert.equal(finishReason, "length");
});

Deno.test("generate() takes only the first choice", async () => {
  const { text } = await replyOf({ kind: "reply", content: null, choices: () => ["one", "two"] });
  assert.equal(text, "one");
});

Deno.test("generate() sends what the request says, and n and stream not at all", async () => {
  await using server = await startChatServer();
  await using served = serve(server, { spec: { temperature: 0.3, topP: 0.9 } });
  const schema = { name: "capital", schema: { type: "object", properties: { b: {}, a: {} } } };
  await served.model.generate(ask({ schema, rollout: 2, seed: 5 }));
  assert.deepEqual(server.requests()[0]?.body, {
    model: "test-model",
    messages: [{ role: "user", content: "Capital of France?" }],
    temperature: 0.3,
    max_tokens: 64,
    top_p: 0.9,
    seed: 5_000_017,
    response_format: { type: "json_schema", json_schema: { ...schema, strict: true } },
  });
});

Deno.test("generate() sends an explicit temperature of 0 as 0, from the model and from the request", async () => {
  await using server = await startChatServer();
  await using cold = serve(server, { spec: { temperature: 0 } });
  await using warm = serve(server, { spec: { temperature: 0.7 } });
  await cold.model.generate(ask());
  await warm.model.generate(ask({ temperature: 0 }));
  await warm.model.generate(ask());
  assert.deepEqual(server.requests().map(({ body }) => body.temperature), [0, 0, 0.7]);
});

Deno.test("generate() leaves out seed, schema and max_tokens where the model takes none", async () => {
  await using server = await startChatServer();
  const tokenLimit = "max_completion_tokens" as const;
  await using plain = serve(server, { spec: { structure: "plain", sendsSeed: false, tokenLimit } });
  await using object = serve(server, { spec: { structure: "json_object" } });
  const schema = { name: "capital", schema: { type: "object" } };
  await plain.model.generate(ask({ schema }));
  await object.model.generate(ask({ schema }));
  const [first, second] = server.requests().map(({ body }) => body);
  assert.deepEqual(Object.keys(first ?? {}), ["model", "messages", "temperature", "max_completion_tokens"]);
  assert.deepEqual(second?.response_format, { type: "json_object" });
});

for (const after of ["request", "headers", "middle of body"] as const) {
  Deno.test(`generate() repeats a connection that is reset after the ${after}, and no layer below does`, async () => {
    const fault = await faultOf({ kind: "reset", after }, { model: { policy: { retries: 2 } } });
    assert.equal(fault.kind, "connection");
    assert.match(fault.message, /^connection to http:\/\/127\.0\.0\.1:\d+\/v1 failed: /);
    assert.equal(fault.status, undefined);
    assert.equal(fault.total, 3);
    assert.equal(fault.attempts.length, 3);
  });
}

Deno.test("generate() gets its reply when only the first connection is reset", async () => {
  await using server = await startChatServer({
    respond: (_request, n) => n === 1 ? { kind: "reset", after: "middle of body" } : undefined,
  });
  await using served = serve(server);
  const call = await served.model.generate(ask());
  assert(call.result.ok);
  assert.equal(server.stats().total, 2);
  assert.deepEqual(call.timing.attempts.map(({ fault }) => fault?.kind), ["connection", undefined]);
});

for (
  const behaviour of [
    { kind: "slow_headers", ms: LONG_MS },
    { kind: "slow_body", ms: LONG_MS },
    { kind: "hang" },
  ] as const
) {
  Deno.test(`generate() ends each attempt by its own timeout when the server does ${behaviour.kind}`, async () => {
    await using server = await startChatServer({ respond: () => behaviour });
    await using served = serve(server, { timeoutMs: 250, model: { policy: { retries: 1 } } });
    const call = await served.model.generate(ask());
    assert(!call.result.ok);
    assert.deepEqual(call.result.fault, { kind: "timeout", message: "no complete reply within 0.25 s" });
    assert.deepEqual(call.timing.attempts.map(({ fault }) => fault?.kind), ["timeout", "timeout"]);
    const { total } = server.stats();
    assert(total <= 2); // a busy machine may not send before the timeout
    await server.waitForAborted(total);
  });
}

Deno.test("generate() ends an attempt by its timeout when the connection is never made ready", async () => {
  using mute = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = mute.addr as Deno.NetAddr;
  await using served = serve({ baseUrl: `https://127.0.0.1:${port}/v1` }, {
    timeoutMs: 100,
    model: { policy: { retries: 0 } },
  });
  const call = await served.model.generate(ask());
  assert(!call.result.ok);
  assert.equal(call.result.fault.kind, "timeout");
});

Deno.test("generate() takes a timeout that is longer than timers can be", async () => {
  await using server = await startChatServer();
  for (const timeoutMs of [2 ** 31, Infinity]) {
    await using served = serve(server, { timeoutMs });
    assert((await served.model.generate(ask())).result.ok);
  }
  assert.equal(server.stats().total, 2);
});

Deno.test("generate() calls a page of HTML with status 200 a protocol fault and never repeats it", async () => {
  const fault = await faultOf({ kind: "html", status: 200 });
  assert.equal(fault.kind, "protocol");
  assert.match(fault.message, /the reply is text\/html, expected application\/json; is the base URL right\?/);
  assert.equal(fault.total, 1);
});

Deno.test("generate() calls a page of HTML with status 502 a server fault and repeats it", async () => {
  const fault = await faultOf({ kind: "html", status: 502 }, { model: { policy: { retries: 1 } } });
  assert.equal(fault.kind, "server");
  assert.equal(fault.status, 502);
  assert.match(fault.message, /^HTTP 502 .*Proxy error/);
  assert.equal(fault.total, 2);
});

Deno.test("generate() keeps the status of an error page that is not UTF-8", async () => {
  let total = 0;
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    total++;
    return new Response(Buffer.from("Zeitüberschreitung", "latin1"), {
      status: 504,
      headers: { "content-type": "text/html; charset=iso-8859-1" },
    });
  });
  await using served = serve({ baseUrl: `http://127.0.0.1:${server.addr.port}/v1` }, {
    model: { policy: { retries: 1 } },
  });
  const call = await served.model.generate(ask());
  assert(!call.result.ok);
  assert.equal(call.result.fault.status, 504);
  assert.equal(total, 2);
});

Deno.test("generate() keeps a fault's message to one bounded line", async () => {
  const body = JSON.stringify({ error: { message: "two\nlines\tand more ".repeat(1000) } });
  const { message } = await faultOf({ kind: "status", status: 400, body });
  assert.match(message, /^HTTP 400 two lines and more .* …$/);
  assert(message.length <= 320);
});

const NO_COMPLETIONS: readonly (readonly [string, Behaviour, RegExp])[] = [
  ["an answer without choices", { kind: "empty_choices" }, /no choice in it/],
  ["an empty object", json({}), /no choice in it/],
  ["null", json(null), /no choice in it/],
  ["a list", json([]), /no choice in it/],
  ["a string", json("hello"), /no choice in it/],
  ["choices that are no list", json({ choices: { message: { content: "x" } } }), /no choice in it/],
  ["a choice that is null", json({ choices: [null] }), /no choice in it/],
  ["a choice without a message", json({ choices: [{ index: 0 }] }), /no choice in it/],
  [
    "content that is a list of parts",
    choice({ content: [{ type: "text", text: "x" }] }),
    /content is no text/,
  ],
  ["content that is a number", choice({ content: 7 }), /content is no text/],
  ["an empty body", { kind: "status", status: 200, body: "" }, /the reply is empty/],
  ["blanks", { kind: "status", status: 200, body: " \n" }, /the reply is empty/],
  [
    "an empty body without a type",
    { kind: "status", status: 200, body: "", contentType: "" },
    /the reply is empty/,
  ],
  ["204", { kind: "status", status: 204, body: "" }, /the reply is empty/],
  ["a broken JSON", { kind: "status", status: 200, body: '{"choices":[' }, /the reply is not JSON/],
  ["broken UTF-8", { kind: "broken_utf8" }, /the reply is not UTF-8/],
  [
    "an event stream",
    { kind: "sse", content: "x" },
    /the reply is text\/event-stream, expected application\/json/,
  ],
  [
    "plain text",
    { kind: "status", status: 200, body: "ok", contentType: "text/plain" },
    /the reply is text\/plain/,
  ],
];

for (const [what, behaviour, message] of NO_COMPLETIONS) {
  Deno.test(`generate() calls ${what} a protocol fault and never repeats it`, async () => {
    const fault = await faultOf(behaviour);
    assert.equal(fault.kind, "protocol");
    assert.match(fault.message, message);
    assert.equal(fault.total, 1);
  });
}

Deno.test("generate() does not trust the types of what an endpoint sends", async () => {
  const behaviour = json({
    model: 7,
    system_fingerprint: {},
    choices: [{ message: { content: "x", refusal: { text: "no" } }, finish_reason: 3 }],
  });
  assert.deepEqual(await replyOf(behaviour), { text: "x", finishReason: null, usage: null });
});

const counts = { prompt_tokens: 10, completion_tokens: 5 };
const read: Usage = { inputTokens: 10, cachedTokens: 0, outputTokens: 5, reasoningTokens: 0 };
const USAGES: readonly (readonly [string, unknown, Usage | null])[] = [
  ["a missing usage", undefined, null],
  ["a usage of null", null, null],
  ["a usage without details", counts, read],
  ["details of null", { ...counts, prompt_tokens_details: null, completion_tokens_details: null }, read],
  ["a usage without completion tokens", { prompt_tokens: 10 }, null],
  ["counts that are texts", { prompt_tokens: "10", completion_tokens: "5" }, null],
  ["negative counts", { prompt_tokens: -10, completion_tokens: 5 }, null],
  ["broken counts", { prompt_tokens: 10.5, completion_tokens: 5 }, null],
  ["a cached count that is none", { ...counts, prompt_tokens_details: { cached_tokens: "all" } }, read],
];

for (const [what, usage, expected] of USAGES) {
  Deno.test(`generate() reads ${what} as ${expected ? "counts" : "unknown, never 0"}`, async () => {
    assert.deepEqual((await replyOf(choice({ content: "x" }, { usage }))).usage, expected);
  });
}

Deno.test("generate() reads a count beyond all numbers as unknown", async () => {
  const body =
    '{"choices":[{"message":{"content":"x"}}],"usage":{"prompt_tokens":1e999,"completion_tokens":5}}';
  assert.equal((await replyOf({ kind: "status", status: 200, body })).usage, null);
});

Deno.test("generate() cuts a 20 MB reply off at the bound, hangs up, and never repeats it", async () => {
  await using server = await startChatServer({ respond: () => ({ kind: "huge", bytes: 20_000_000 }) });
  await using served = serve(server);
  const call = await served.model.generate(ask());
  assert(!call.result.ok);
  assert.deepEqual(call.result.fault, {
    kind: "too_large",
    message: "the reply is longer than 4000000 bytes",
  });
  await server.waitForAborted(1);
  assert.equal(server.stats().total, 1);
});

Deno.test("generate() takes a reply of exactly maxReplyBytes, and not one byte more", async () => {
  await using server = await startChatServer({
    respond: (_request, n) => ({ kind: "huge", bytes: n === 1 ? 100_000 : 100_001 }),
  });
  await using served = serve(server, { maxReplyBytes: 100_000 });
  assert((await served.model.generate(ask())).result.ok);
  assert(!(await served.model.generate(ask())).result.ok);
});

for (const status of [301, 302, 303, 307, 308]) {
  Deno.test(`generate() does not follow a ${status}, so no other host sees the key`, async () => {
    await using other = await startChatServer();
    const location = `${other.baseUrl}/chat/completions`;
    const fault = await faultOf({ kind: "status", status, headers: { location } }, {
      spec: { apiKeyEnv: "K" },
      env: () => "sk-0123456789",
    });
    assert.equal(fault.kind, "protocol");
    assert(fault.message.startsWith(`HTTP ${status} redirects to ${location}, which is not followed`));
    assert.equal(fault.total, 1);
    assert.equal(other.stats().connections, 0);
  });
}

Deno.test("generate() sends nothing that the environment adds", async () => {
  await using server = await startChatServer();
  const ambient = {
    OPENAI_CUSTOM_HEADERS: "Authorization: Bearer another\nX-Extra: 1",
    OPENAI_BASE_URL: "http://127.0.0.1:9/v1",
    OPENAI_ORG_ID: "org",
    OPENAI_PROJECT_ID: "project",
    OPENAI_ADMIN_KEY: "admin",
  };
  for (const [name, value] of Object.entries(ambient)) Deno.env.set(name, value);
  try {
    await using served = serve(server, { spec: { apiKeyEnv: "K" }, env: () => "sk-0123456789" });
    assert((await served.model.generate(ask())).result.ok);
  } finally {
    for (const name of Object.keys(ambient)) Deno.env.delete(name);
  }
  const { headers } = server.requests()[0]!;
  assert.equal(headers.authorization, "Bearer sk-0123456789");
  const sent = Object.keys(headers).filter((name) =>
    !["host", "connection", "content-length"].includes(name)
  );
  assert.deepEqual(sent.sort(), ["accept", "authorization", "content-type"]);
});
