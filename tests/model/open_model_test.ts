import {
  costUsd,
  createEndpoints,
  local,
  type Mode,
  NotStoredError,
  openModel,
  requestKey,
  type StoredReply,
} from "@lib/model/mod.ts";
import assert from "node:assert/strict";
import { type Behaviour, DEFAULT_ANSWER, startChatServer } from "../servers/chat_server.ts";
import { memory } from "./_memory_store.ts";
import { ask, serve } from "./_served_model.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const PRICE = { inputPerMillion: 1, cachedInputPerMillion: 0.5, outputPerMillion: 4, source: "s", asOf: "d" };

function stored(text: string): StoredReply {
  return {
    reply: { text, finishReason: "stop" },
    usage: { inputTokens: 100, cachedTokens: 0, outputTokens: 10, reasoningTokens: 0 },
    attempts: [{ durationMs: 111, fault: { kind: "timeout", message: "late" } }, { durationMs: 222 }],
    at: "2026-01-02T03:04:05.678Z",
  };
}

interface Stores {
  cache?: boolean;
  recording?: boolean;
}

/** One call in some mode with a reply in some of the stores, and what became of the stores. */
async function callIn(mode: Mode, held: Stores, behaviour?: Behaviour) {
  await using server = await startChatServer({ respond: () => behaviour });
  const key = requestKey(serve(server).spec, ask());
  const cache = memory(held.cache ? { [key]: stored("from the cache") } : {});
  const recordings = memory(held.recording ? { [key]: stored("from the recordings") } : {});
  await using served = serve(server, {
    spec: { price: PRICE },
    model: { mode, cache: cache.store, recordings: recordings.store, policy: { retries: 0 } },
  });
  const call = await served.model.generate(ask(), { path: ["a", "b"] });
  const text = call.result.ok ? call.result.reply.text : null;
  return { call, text, key, total: server.stats().total, cache: cache.held, recordings: recordings.held };
}

const CASES: readonly (readonly [Mode, Stores, "live" | "cache" | "recording"])[] = [
  ["auto", {}, "live"],
  ["auto", { cache: true }, "cache"],
  ["auto", { recording: true }, "recording"],
  ["auto", { cache: true, recording: true }, "recording"],
  ["live", {}, "live"],
  ["live", { cache: true, recording: true }, "live"],
  ["replay", { cache: true }, "cache"],
  ["replay", { recording: true }, "recording"],
  ["replay", { cache: true, recording: true }, "recording"],
  ["record", {}, "live"],
  ["record", { cache: true }, "live"],
  ["record", { recording: true }, "recording"],
];
const TEXTS = { live: DEFAULT_ANSWER, cache: "from the cache", recording: "from the recordings" };

for (const [mode, held, source] of CASES) {
  const where = Object.keys(held).join(" and ") || "no store";
  Deno.test(`generate() answers from ${source} in mode ${mode} when the reply is in ${where}`, async () => {
    const { call, text, total } = await callIn(mode, held);
    assert.equal(call.source, source);
    assert.equal(text, TEXTS[source]);
    assert.equal(total, source === "live" ? 1 : 0);
  });
}

for (const mode of ["auto", "live", "record"] as const) {
  Deno.test(`generate() keeps a live reply in ${mode === "record" ? "the recordings" : "the cache"} only, in mode ${mode}`, async () => {
    const { call, key, cache, recordings } = await callIn(mode, {});
    assert(call.result.ok);
    const [kept, other] = mode === "record" ? [recordings, cache] : [cache, recordings];
    assert.equal(other.size, 0);
    assert.deepEqual([...kept.keys()], [key]);
    assert.deepEqual(kept.get(key), {
      reply: call.result.reply,
      usage: call.usage,
      attempts: call.timing.attempts,
      at: call.at,
    });
  });

  Deno.test(`generate() never keeps a failed call in mode ${mode}`, async () => {
    const failures: readonly Behaviour[] = [
      { kind: "status", status: 500 },
      { kind: "status", status: 400 },
      { kind: "reset", after: "middle of body" },
      { kind: "html", status: 200 },
      { kind: "empty_choices" },
      { kind: "huge", bytes: 20_000_000 },
    ];
    for (const behaviour of failures) {
      const { call, cache, recordings } = await callIn(mode, {}, behaviour);
      assert(!call.result.ok);
      assert.equal(call.source, "live");
      assert.equal(cache.size + recordings.size, 0);
    }
  });
}

Deno.test("generate() keeps a live reply over an older one in mode live", async () => {
  const { key, cache } = await callIn("live", { cache: true });
  assert.equal(cache.get(key)?.reply.text, DEFAULT_ANSWER);
});

Deno.test("generate() keeps refusals and cut replies: they are the model's answers", async () => {
  for (const behaviour of [{ kind: "refusal", text: "no" }, { kind: "length", content: "{" }] as const) {
    const { cache } = await callIn("auto", {}, behaviour);
    assert.equal(cache.size, 1);
  }
});

Deno.test("generate() gives a stored reply with its own times, date and cost, under the path that asked", async () => {
  for (const held of [{ cache: true }, { recording: true }]) {
    const { call, key } = await callIn("auto", held);
    const { attempts, at, usage } = stored("");
    assert.deepEqual(call.timing, { queuedMs: 0, backoffMs: 0, attempts });
    assert.equal(call.at, at);
    assert.equal(call.costUsd, costUsd(usage, PRICE));
    assert.equal(call.key, key);
    assert.deepEqual(call.path, ["a", "b"]);
  }
});

Deno.test("generate() asks once and then answers from the cache, without a request", async () => {
  await using server = await startChatServer();
  const { store } = memory();
  await using served = serve(server, { model: { mode: "auto", cache: store } });
  const first = await served.model.generate(ask());
  const second = await served.model.generate(ask());
  assert.equal(server.stats().total, 1);
  assert.equal(second.source, "cache");
  assert.deepEqual({ ...second, source: "live" }, first);
});

Deno.test("generate() asks again after a fault", async () => {
  await using server = await startChatServer({
    respond: (_request, n) => n === 1 ? { kind: "status", status: 400 } : undefined,
  });
  const { store } = memory();
  await using served = serve(server, { model: { mode: "auto", cache: store } });
  assert(!(await served.model.generate(ask())).result.ok);
  assert((await served.model.generate(ask())).result.ok);
});

Deno.test("generate() asks for each rollout apart, and for each only once", async () => {
  await using server = await startChatServer({ answer: ({ number }) => `answer ${number}` });
  const { store } = memory();
  await using served = serve(server, { model: { mode: "auto", cache: store } });
  const texts = async () => {
    const calls = [];
    for (const rollout of [0, 1, 2]) calls.push(await served.model.generate(ask({ rollout })));
    return calls.map(({ result }) => result.ok && result.reply.text);
  };
  assert.deepEqual(await texts(), ["answer 1", "answer 2", "answer 3"]);
  assert.deepEqual(await texts(), ["answer 1", "answer 2", "answer 3"]);
  assert.equal(server.stats().total, 3);
  assert.equal(new Set(server.requests().map(({ body }) => body.seed)).size, 3);
});

Deno.test("generate() rejects what is stored nowhere in mode replay, with endpoint and way out, and calls nothing", async () => {
  await using server = await startChatServer();
  await using served = serve(server, { model: { mode: "replay", cache: memory().store } });
  await assert.rejects(served.model.generate(ask()), (error: unknown) => {
    assert(error instanceof NotStoredError);
    assert.equal(error.name, "InputError");
    assert.deepEqual(error.request, ask());
    assert.equal(error.spec, served.spec);
    const key = requestKey(served.spec, ask());
    assert(error.message.includes(`endpoint ${server.baseUrl}, request ${key.slice(0, 12)}`));
    assert.match(error.message, /fix:.*--record.*without --replay/);
    return true;
  });
  assert.equal(server.stats().connections, 0);
});

Deno.test("generate() names the command that starts a local model in mode replay", async () => {
  const model = openModel(local("tiny"), { mode: "replay", endpoints: createEndpoints() });
  await assert.rejects(model.generate(ask()), /deno task model tiny/);
});

Deno.test("generate() reads no key and opens nothing while the stores answer", async () => {
  const { store } = memory({ [requestKey(local("tiny"), ask())]: stored("x") });
  const endpoints = createEndpoints({ env: assert.fail, findLocal: assert.fail });
  for (const mode of ["auto", "replay"] as const) {
    const call = await openModel(local("tiny"), { mode, cache: store, endpoints }).generate(ask());
    assert.equal(call.source, "cache");
  }
});
