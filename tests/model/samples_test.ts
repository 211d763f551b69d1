import {
  type Call,
  compatible,
  local,
  type Model,
  NotStoredError,
  openai,
  openRecorder,
  readRecordings,
  requestKey,
  samplingOf,
} from "@lib/model/mod.ts";
import assert from "node:assert/strict";
import fc from "fast-check";
import { join } from "node:path";
import { type Behaviour, type ChatServer, startChatServer } from "../servers/chat_server.ts";
import { CHOICE_TOKENS, dealChoices, PROMPT_TOKENS } from "../servers/deal_choices.ts";
import { memory } from "./_memory_store.ts";
import { ask, serve, type ServedOptions } from "./_served_model.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const PRICE = { inputPerMillion: 1, cachedInputPerMillion: 0.5, outputPerMillion: 4, source: "s", asOf: "d" };
const LETTERS = [..."abcdefghijklmnopqrstuvwxyz"];
const FIVE = [0, 1, 2, 3, 4];

/** A model that takes several choices a request. */
function serveSeveral(server: ChatServer, options: ServedOptions = {}) {
  return serve(server, { ...options, spec: { severalChoices: true, price: PRICE, ...options.spec } });
}

function draw(model: Model, rollouts: readonly number[], signal?: AbortSignal): Promise<Call[]> {
  assert(model.generateSamples);
  return model.generateSamples(ask(), rollouts, signal ? { signal } : {});
}

const textsOf = (calls: readonly Call[]) => calls.map(({ result }) => result.ok ? result.reply.text : null);
const asksOf = (server: ChatServer) => server.requests().map(({ body }) => body.n ?? 1);

function sumOf(calls: readonly Call[]) {
  const sum = (pick: (call: Call) => number) => calls.reduce((total, call) => total + pick(call), 0);
  return {
    inputTokens: sum(({ usage }) => usage?.inputTokens ?? NaN),
    outputTokens: sum(({ usage }) => usage?.outputTokens ?? NaN),
    costUsd: sum(({ costUsd }) => costUsd ?? NaN),
    attempts: sum(({ timing }) => timing.attempts.length),
  };
}

Deno.test("generateSamples() asks for all samples as the choices of one request", async () => {
  await using server = await startChatServer({ respond: dealChoices(LETTERS) });
  await using served = serveSeveral(server);
  const paths = FIVE.map((index) => [`sample ${index}`]);
  const calls = await served.model.generateSamples!(ask(), FIVE, { paths });
  assert.deepEqual(textsOf(calls), ["a", "b", "c", "d", "e"]);
  assert.deepEqual(asksOf(server), [5]);
  assert.deepEqual(
    calls.map(({ key }) => key),
    FIVE.map((rollout) => requestKey(served.spec, ask({ rollout }))),
  );
  assert.deepEqual(calls.map(({ path }) => path), paths);
});

Deno.test("generateSamples() sends the request of its first sample, and n", async () => {
  await using server = await startChatServer({ respond: dealChoices(LETTERS) });
  await using served = serveSeveral(server);
  await draw(served.model, [3, 1, 2]);
  await served.model.generate(ask({ rollout: 3 }));
  const [several, one] = server.requests().map(({ body }) => body);
  assert.deepEqual(several, { ...one, n: 3 });
  assert.equal(several?.seed, samplingOf(served.spec, ask({ rollout: 3 })).seed);
  assert(one && !("n" in one));
});

Deno.test("generateSamples() is there where the spec says so: by default with openai() alone", async () => {
  await using server = await startChatServer();
  await using served = serve(server);
  assert.equal(served.model.generateSamples, undefined);
  const baseUrl = "http://h:1/v1";
  assert.deepEqual(
    [openai("gpt-4o"), local("tiny"), compatible("m", { baseUrl })].map((spec) => spec.severalChoices),
    [true, false, false],
  );
  assert.deepEqual(
    [openai("gpt-4o", { severalChoices: false }), local("tiny", { severalChoices: true })]
      .map((spec) => spec.severalChoices),
    [false, true],
  );
});

Deno.test("generateSamples() draws the very samples that generate() draws: severalChoices is in no request key", () => {
  const options = { baseUrl: "http://h:1/v1" };
  const keys = [true, false].map((severalChoices) =>
    requestKey(compatible("m", { ...options, severalChoices }), ask())
  );
  assert.equal(new Set(keys).size, 1);
});

Deno.test("generateSamples() asks one by one where n is ignored, and does not send n again", async () => {
  await using server = await startChatServer({ respond: dealChoices(LETTERS, 1) });
  await using served = serveSeveral(server, { spec: { concurrency: 1 } });
  assert.deepEqual(textsOf(await draw(served.model, FIVE)), ["a", "b", "c", "d", "e"]);
  assert.deepEqual(asksOf(server), [5, 1, 1, 1, 1]);
  await draw(served.model, [5, 6, 7]);
  assert.deepEqual(asksOf(server), [5, 1, 1, 1, 1, 1, 1, 1]);
  const seeds = server.requests().map(({ body }) => body.seed);
  assert.equal(new Set(seeds).size, 8);
});

Deno.test("generateSamples() asks only for the choices that are missing", async () => {
  await using server = await startChatServer({ respond: dealChoices(LETTERS, 3) });
  await using served = serveSeveral(server, { spec: { concurrency: 1 } });
  assert.deepEqual(textsOf(await draw(served.model, FIVE)), ["a", "b", "c", "d", "e"]);
  assert.deepEqual(asksOf(server), [5, 1, 1]);
});

const choices = (...messages: unknown[]): Behaviour => ({
  kind: "status",
  status: 200,
  body: { choices: messages.map((message, index) => ({ index, message, finish_reason: "stop" })) },
});

Deno.test("generateSamples() asks again for a choice that is none", async () => {
  const first = choices({ content: "x" }, null, { content: 7 }, { content: "y" });
  await using server = await startChatServer({
    respond: (_request, n) => n === 1 ? first : choices({ content: `alone ${n}` }),
  });
  await using served = serveSeveral(server, { spec: { concurrency: 1 } });
  assert.deepEqual(textsOf(await draw(served.model, [0, 1, 2, 3])), ["x", "y", "alone 2", "alone 3"]);
});

Deno.test("generateSamples() and generate() leave choices that nobody asked for", async () => {
  await using server = await startChatServer({
    respond: () => choices({ content: "x" }, { content: "y" }, { content: "z" }),
  });
  const { store, held } = memory();
  await using served = serveSeveral(server, { model: { mode: "auto", cache: store } });
  assert.deepEqual(textsOf(await draw(served.model, [0, 1])), ["x", "y"]);
  assert.deepEqual(textsOf([await served.model.generate(ask({ rollout: 9 }))]), ["x"]);
  assert.equal(held.size, 3);
});

Deno.test("generateSamples() books usage, cost, time and attempts once, on the first call", async () => {
  await using server = await startChatServer({ respond: dealChoices(LETTERS) });
  await using served = serveSeveral(server);
  const calls = await draw(served.model, FIVE);
  assert.deepEqual(sumOf(calls), {
    inputTokens: PROMPT_TOKENS,
    outputTokens: 5 * CHOICE_TOKENS,
    costUsd: (PROMPT_TOKENS + 4 * 5 * CHOICE_TOKENS) / 1e6,
    attempts: 1,
  });
  const [first, ...others] = calls;
  assert.equal(first?.usage?.outputTokens, 5 * CHOICE_TOKENS);
  for (const { usage, costUsd, timing } of others) {
    assert.deepEqual(usage, { inputTokens: 0, cachedTokens: 0, outputTokens: 0, reasoningTokens: 0 });
    assert.equal(costUsd, 0);
    assert.deepEqual(timing, { queuedMs: 0, backoffMs: 0, attempts: [] });
  }
});

Deno.test("generateSamples() sums up what each request cost where n is ignored", async () => {
  await using server = await startChatServer({ respond: dealChoices(LETTERS, 1) });
  await using served = serveSeveral(server);
  const { inputTokens, outputTokens, attempts } = sumOf(await draw(served.model, FIVE));
  assert.deepEqual([inputTokens, outputTokens, attempts], [5 * PROMPT_TOKENS, 5 * CHOICE_TOKENS, 5]);
});

Deno.test("generateSamples() leaves usage and cost unknown, once, where the endpoint reports none", async () => {
  await using server = await startChatServer({
    respond: () => ({ kind: "reply", content: "x", usage: null }),
  });
  await using served = serveSeveral(server);
  const calls = await draw(served.model, FIVE);
  assert.deepEqual(calls.map(({ usage, costUsd }) => usage === null && costUsd === null), [
    true,
    false,
    false,
    false,
    false,
  ]);
});

Deno.test("generateSamples() keeps each choice under its own key: asked again, alone or together, it costs nothing", async () => {
  await using server = await startChatServer({ respond: dealChoices(LETTERS) });
  const { store, held } = memory();
  await using served = serveSeveral(server, { model: { mode: "auto", cache: store } });
  const live = await draw(served.model, FIVE);
  assert.equal(held.size, 5);
  const together = await draw(served.model, FIVE);
  const alone = [];
  for (const rollout of FIVE) alone.push(await served.model.generate(ask({ rollout })));
  assert.equal(server.stats().total, 1);
  for (const calls of [together, alone]) {
    assert.deepEqual(new Set(calls.map(({ source }) => source)), new Set(["cache"]));
    assert.deepEqual(calls.map((call) => ({ ...call, source: "live" })), live);
  }
});

Deno.test("generateSamples() records choices that a later run finds in the recordings", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await using server = await startChatServer({ respond: dealChoices(LETTERS) });
    const header = { format: "assay-recordings/1", model: "m", server: "s", recordedAt: "d" } as const;
    const none = await readRecordings(folder, assert.fail);
    const recorder = await openRecorder(join(folder, "m.jsonl"), header, none);
    await using recording = serveSeveral(server, { model: { mode: "record", recordings: recorder } });
    const live = await draw(recording.model, FIVE);
    await recorder.close();
    const recordings = await readRecordings(folder, assert.fail);
    assert.equal(recordings.size, 5);
    await using replaying = serve(server, { spec: { price: PRICE }, model: { mode: "replay", recordings } });
    const found = [];
    for (const rollout of FIVE) found.push(await replaying.model.generate(ask({ rollout })));
    assert.deepEqual(textsOf(found), textsOf(live));
    assert.deepEqual(sumOf(found), sumOf(live));
    assert.equal(server.stats().total, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("generateSamples() asks only for what no store holds, with the seed of the first of it", async () => {
  await using server = await startChatServer({ respond: dealChoices(LETTERS) });
  const { store } = memory();
  await using served = serveSeveral(server, { model: { mode: "auto", cache: store } });
  for (const rollout of [0, 3]) await served.model.generate(ask({ rollout }));
  const calls = await draw(served.model, FIVE);
  assert.deepEqual(textsOf(calls), ["a", "c", "d", "b", "e"]);
  assert.deepEqual(calls.map(({ source }) => source), ["cache", "live", "live", "cache", "live"]);
  assert.deepEqual(asksOf(server), [1, 1, 3]);
  assert.equal(server.requests().at(-1)?.body.seed, samplingOf(served.spec, ask({ rollout: 1 })).seed);
  await draw(served.model, [...FIVE, 5]);
  assert.deepEqual(asksOf(server), [1, 1, 3, 1]);
});

Deno.test("generateSamples() answers for each rollout in order, whatever is stored and however many choices come", async () => {
  const case_ = fc.record({
    rollouts: fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 8 }),
    stored: fc.uniqueArray(fc.nat(30), { maxLength: 8 }),
    most: fc.constantFrom(1, 2, 3, 100),
  });
  await fc.assert(
    fc.asyncProperty(case_, async ({ rollouts, stored, most }) => {
      await using server = await startChatServer({ respond: dealChoices(LETTERS, most) });
      const { store, held } = memory();
      await using served = serveSeveral(server, { model: { mode: "auto", cache: store } });
      for (const rollout of stored) await served.model.generate(ask({ rollout }));
      const calls = await draw(served.model, rollouts);
      assert.deepEqual(
        calls.map(({ key }) => key),
        rollouts.map((rollout) => requestKey(served.spec, ask({ rollout }))),
      );
      const missing = rollouts.filter((rollout) => !stored.includes(rollout)).length;
      const requests = missing === 0 ? 0 : 1 + Math.max(0, missing - most);
      assert.equal(server.stats().total, stored.length + requests);
      assert.equal(held.size, stored.length + missing);
      const texts = textsOf(calls);
      assert.equal(new Set(texts).size, texts.length); // no choice answers twice
      assert.deepEqual(texts, calls.map(({ key }) => held.get(key)?.reply.text));
    }),
    { numRuns: 25 },
  );
});

Deno.test("generateSamples() has one layer of repeats: a lasting 500 costs retries + 1 requests and fails each call", async () => {
  await using server = await startChatServer({ respond: () => ({ kind: "status", status: 500 }) });
  const { store, held } = memory();
  await using served = serveSeveral(server, {
    model: { mode: "auto", cache: store, policy: { retries: 2 } },
  });
  const calls = await draw(served.model, FIVE);
  assert.deepEqual(asksOf(server), [5, 5, 5]);
  assert.deepEqual(calls.map(({ result }) => !result.ok && result.fault.status), [500, 500, 500, 500, 500]);
  assert.deepEqual(calls.map(({ timing }) => timing.attempts.length), [3, 0, 0, 0, 0]);
  assert.deepEqual(new Set(calls.map(({ usage, costUsd }) => usage ?? costUsd)), new Set([null]));
  assert.equal(held.size, 0);
});

Deno.test("generateSamples() repeats a request that fails once, and goes on sending n after a fault", async () => {
  const deal = dealChoices(LETTERS);
  await using server = await startChatServer({
    respond: (request, n) => n === 1 ? { kind: "status", status: 503 } : deal(request),
  });
  await using served = serveSeveral(server);
  const calls = await draw(served.model, FIVE);
  assert.deepEqual(textsOf(calls), ["a", "b", "c", "d", "e"]);
  assert.deepEqual(calls.map(({ timing }) => timing.attempts.length), [2, 0, 0, 0, 0]);
  await draw(served.model, [5, 6]);
  assert.deepEqual(asksOf(server), [5, 5, 2]);
});

Deno.test("generateSamples() rejects with the signal's reason when aborted, and hangs up", async () => {
  const reason = new Error("stopped by hand");
  await using server = await startChatServer({ respond: () => ({ kind: "hang" }) });
  await using served = serveSeveral(server);
  const controller = new AbortController();
  const calls = draw(served.model, FIVE, controller.signal);
  await server.waitFor(1);
  controller.abort(reason);
  await assert.rejects(calls, (error) => error === reason);
  await server.waitForAborted(1);
  await assert.rejects(draw(served.model, FIVE, controller.signal), (error) => error === reason);
  assert.equal(server.stats().total, 1);
});

Deno.test("generateSamples() rejects when the signal is aborted already, even where a store has all samples", async () => {
  await using server = await startChatServer({ respond: dealChoices(LETTERS) });
  const { store } = memory();
  await using served = serveSeveral(server, { model: { mode: "auto", cache: store } });
  await draw(served.model, FIVE);
  await assert.rejects(draw(served.model, FIVE, AbortSignal.abort()), { name: "AbortError" });
});

Deno.test("generateSamples() rejects when aborted while it asks one by one", async () => {
  const reason = new Error("stopped by hand");
  await using server = await startChatServer({
    respond: (_request, n) =>
      n === 1 ? { kind: "reply", content: "x", choices: () => ["x"] } : { kind: "hang" },
  });
  await using served = serveSeveral(server);
  const controller = new AbortController();
  const calls = draw(served.model, FIVE, controller.signal);
  await server.waitFor(5);
  controller.abort(reason);
  await assert.rejects(calls, (error) => error === reason);
  await server.waitForAborted(4);
});

Deno.test("generateSamples() calls nothing in mode replay: it finds all, or names the first that is missing", async () => {
  await using server = await startChatServer({ respond: dealChoices(LETTERS) });
  const { store } = memory();
  await using live = serveSeveral(server, { model: { mode: "auto", cache: store } });
  await draw(live.model, FIVE);
  await using replay = serveSeveral(server, { model: { mode: "replay", cache: store } });
  assert.deepEqual(textsOf(await draw(replay.model, FIVE)), ["a", "b", "c", "d", "e"]);
  await assert.rejects(draw(replay.model, [4, 6, 5]), (error) => {
    assert(error instanceof NotStoredError);
    assert.equal(error.request.rollout, 6);
    return true;
  });
  assert.equal(server.stats().total, 1);
});

Deno.test("generateSamples() asks for at most 128 choices at once", async () => {
  await using server = await startChatServer({ respond: dealChoices(["x"]) });
  await using served = serveSeveral(server, { spec: { concurrency: 1 } });
  const calls = await draw(served.model, Array.from({ length: 130 }, (_, rollout) => rollout));
  assert.equal(calls.length, 130);
  assert.deepEqual(asksOf(server), [128, 1, 1]);
  await draw(served.model, [130, 131]);
  assert.deepEqual(asksOf(server), [128, 1, 1, 2]);
});

Deno.test("generateSamples() takes one place at the endpoint for all its choices", async () => {
  const hold = Promise.withResolvers<undefined>();
  await using server = await startChatServer({
    respond: async ({ body }) => {
      if (body.n) await hold.promise;
      return undefined;
    },
  });
  await using served = serveSeveral(server, { spec: { concurrency: 2 } });
  const several = draw(served.model, FIVE);
  await server.waitFor(1);
  assert((await served.model.generate(ask({ rollout: 9 }))).result.ok);
  hold.resolve(undefined);
  assert.equal((await several).length, 5);
});
