import { adaptive, precise, unanimous } from "@lib/aggregate/mod.ts";
import { type Call, compatible, type Model, type OpenModelOptions } from "@lib/model/mod.ts";
import {
  bestOfN,
  escalate,
  predict,
  type Prediction,
  type Program,
  refine,
  type Scope,
  selfConsistency,
  workflow,
} from "@lib/program/mod.ts";
import { percent, signature } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { z } from "zod";
import { memory } from "../model/_memory_store.ts";
import { type ChatServer, lastUserText, startChatServer } from "../servers/chat_server.ts";
import { CHOICE_TOKENS, dealChoices, PROMPT_TOKENS } from "../servers/deal_choices.ts";
import { scopeAt } from "./_scope.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const PRICE = { inputPerMillion: 1, cachedInputPerMillion: 1, outputPerMillion: 4, source: "s", asOf: "d" };
const Share = signature({ name: "share", instructions: "", input: {}, output: { share: percent() } });
const Reason = signature({
  name: "reason",
  instructions: "",
  input: { share: z.number() },
  output: { reason: z.enum(["late", "broken"]) },
});
const say = (share: number) => JSON.stringify({ share });
const SHARES = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19].map(say);
const once = predict(Share, { corrections: 0 });
const vote = selfConsistency(once, { samples: 5 });

type Shares = Program<Record<never, never>, { share: number }>;

/** A scope whose model takes several choices a request; one request at a time, so that texts are dealt in order. */
function several(server: ChatServer, changes: Partial<Scope> = {}, model: Partial<OpenModelOptions> = {}) {
  return scopeAt(server, changes, { spec: { severalChoices: true, price: PRICE, concurrency: 1 }, model });
}

const asksOf = (server: ChatServer) => server.requests().map(({ body }) => body.n ?? 1);
const textsOf = (calls: readonly Call[]) => calls.map(({ result }) => result.ok ? result.reply.text : null);
const pathsOf = (calls: readonly Call[]) => calls.map(({ path }) => path.join("/"));

/** Runs a program on an endpoint that deals texts out; `most` choices a reply. */
async function run(
  program: Shares,
  texts: readonly string[],
  { most = Infinity, ...changes }: Partial<Scope> & { most?: number } = {},
): Promise<{ prediction: Prediction<{ share: number }>; asks: number[] }> {
  await using server = await startChatServer({ respond: dealChoices(texts, most) });
  await using scope = several(server, changes);
  const prediction = await program.run({}, scope);
  return { prediction, asks: asksOf(server) };
}

Deno.test("selfConsistency() of five samples is one request where n is honoured, and five calls", async () => {
  const { prediction, asks } = await run(vote, SHARES);
  assert.deepEqual(asks, [5]);
  assert(prediction.status === "ok");
  assert.equal(prediction.output.share, 12);
  assert.deepEqual(textsOf(prediction.calls), SHARES.slice(0, 5));
  assert.deepEqual(pathsOf(prediction.calls), [0, 1, 2, 3, 4].map((index) => `case/sample ${index}`));
});

Deno.test("selfConsistency() of five samples is five requests where n is ignored, and of the next case five more", async () => {
  await using server = await startChatServer({ respond: dealChoices(SHARES, 1) });
  await using scope = several(server);
  for (const rollout of [0, 1]) {
    const { calls } = await vote.run({}, { ...scope, rollout });
    assert.equal(new Set(calls.map(({ key }) => key)).size, 5);
  }
  assert.deepEqual(asksOf(server), [5, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
});

Deno.test("selfConsistency() sends no n to a model that takes one choice a request", async () => {
  await using server = await startChatServer({ respond: dealChoices(SHARES) });
  await using scope = scopeAt(server);
  await vote.run({}, scope);
  assert.deepEqual(asksOf(server), [1, 1, 1, 1, 1]);
});

Deno.test("selfConsistency() comes to the same prediction from one request as from five", async () => {
  const answers = [];
  for (const most of [Infinity, 1]) {
    const { prediction } = await run(vote, [say(10), "no JSON", say(0.1), say(90), say(10)], { most });
    const { calls, ...rest } = prediction;
    answers.push([rest, calls.map(({ path, result }) => ({ path, result }))]);
  }
  assert.deepEqual(answers[0], answers[1]);
});

Deno.test("selfConsistency() draws the rollouts that follow from its own in one request too", async () => {
  await using server = await startChatServer({ respond: dealChoices(SHARES) });
  const { store, held } = memory();
  await using scope = several(server, {}, { mode: "auto", cache: store });
  await vote.run({}, { ...scope, rollout: 1 });
  assert.deepEqual(asksOf(server), [5]);
  for (const rollout of [5, 6, 7, 8, 9]) await once.run({}, { ...scope, rollout });
  assert.deepEqual([server.stats().total, held.size], [1, 5]);
});

Deno.test("selfConsistency() corrects a malformed choice alone, in the sample that it belongs to", async () => {
  const program = selfConsistency(predict(Share), { samples: 3 });
  const { prediction, asks } = await run(program, [say(10), "no JSON", say(11), say(12)]);
  assert.deepEqual(asks, [3, 1]);
  assert.deepEqual(pathsOf(prediction.calls), [
    "case/sample 0",
    "case/sample 1",
    "case/sample 1/correction 1",
    "case/sample 2",
  ]);
  assert(prediction.status === "ok");
  assert.equal(prediction.output.share, 11);
});

Deno.test("selfConsistency() fills the stores: again it makes no request, and five repeats of its program find its replies", async () => {
  await using server = await startChatServer({ respond: dealChoices(SHARES) });
  const { store } = memory();
  await using scope = several(server, {}, { mode: "auto", cache: store });
  const first = await vote.run({}, scope);
  const second = await vote.run({}, scope);
  const repeats = [];
  for (const rollout of [0, 1, 2, 3, 4]) repeats.push(...(await once.run({}, { ...scope, rollout })).calls);
  assert.equal(server.stats().total, 1);
  assert.deepEqual(textsOf(second.calls), textsOf(first.calls));
  assert.deepEqual(textsOf(repeats), textsOf(first.calls));
  assert.deepEqual(repeats.map(({ source }) => source), Array(5).fill("cache"));
});

Deno.test("selfConsistency() asks for what repeats of its program have not drawn yet", async () => {
  await using server = await startChatServer({ respond: dealChoices(SHARES) });
  const { store } = memory();
  await using scope = several(server, {}, { mode: "auto", cache: store });
  for (const rollout of [0, 3]) await once.run({}, { ...scope, rollout });
  const { calls } = await vote.run({}, scope);
  assert.deepEqual(asksOf(server), [1, 1, 3]);
  assert.deepEqual(textsOf(calls), [10, 12, 13, 11, 14].map(say));
});

Deno.test("selfConsistency() costs what the endpoint counted: the prompt once where n is honoured, else five times", async () => {
  for (const [most, prompts] of [[Infinity, 1], [1, 5]] as const) {
    const { prediction: { calls } } = await run(vote, SHARES, { most });
    const input = calls.reduce((sum, { usage }) => sum + (usage?.inputTokens ?? NaN), 0);
    const output = calls.reduce((sum, { usage }) => sum + (usage?.outputTokens ?? NaN), 0);
    const micros = calls.reduce((sum, { costUsd }) => sum + Math.round((costUsd ?? NaN) * 1e6), 0);
    assert.deepEqual([input, output], [prompts * PROMPT_TOKENS, 5 * CHOICE_TOKENS]);
    assert.equal(micros, prompts * PROMPT_TOKENS + 4 * 5 * CHOICE_TOKENS);
  }
});

Deno.test("selfConsistency() fails with every sample when a lasting 500 ends its request, at retries + 1 requests", async () => {
  await using server = await startChatServer({ respond: () => ({ kind: "status", status: 500 }) });
  await using scope = several(server, {}, { policy: { retries: 2, backoffMs: 0 } });
  const prediction = await vote.run({}, scope);
  assert(prediction.status === "failed");
  assert.equal(prediction.failure.kind, "server");
  assert.deepEqual(asksOf(server), [5, 5, 5]);
  assert.deepEqual(prediction.calls.map(({ timing }) => timing.attempts.length), [3, 0, 0, 0, 0]);
});

Deno.test("selfConsistency() ends all its samples at once when aborted, and leaves no listener", async () => {
  const reason = new Error("stopped by hand");
  await using server = await startChatServer({ respond: () => ({ kind: "hang" }) });
  const controller = new AbortController();
  await using scope = several(server, { signal: controller.signal });
  const prediction = vote.run({}, scope);
  await server.waitFor(1);
  controller.abort(reason);
  await assert.rejects(prediction, (error) => error === reason);
  await server.waitForAborted(1);
  assert.equal(server.stats().total, 1);
  assert.equal(getEventListeners(controller.signal, "abort").length, 0);
});

Deno.test("selfConsistency() makes one request of each batch that an adaptive rule draws", async () => {
  const agreed = await run(selfConsistency(once, { samples: adaptive({ atMost: 10 }) }), [say(10)]);
  assert.deepEqual(agreed.asks, [4]);
  const split = [say(10), say(90), say(10), say(10), say(10)];
  const adapted = await run(selfConsistency(once, { samples: adaptive({ atMost: 10 }) }), split);
  assert.deepEqual(adapted.asks, [4, 3]);
  assert.deepEqual(pathsOf(adapted.prediction.calls), [0, 1, 2, 3, 4, 5, 6].map((i) => `case/sample ${i}`));
  const window = await run(selfConsistency(once, { samples: unanimous({ window: 3, atMost: 9 }) }), split);
  assert.deepEqual(window.asks[0], 3);
});

Deno.test("selfConsistency() sends no n for samples that are drawn one by one", async () => {
  const samples = precise({ within: 0.1, atLeast: 5, atMost: 8 });
  const { asks } = await run(selfConsistency(once, { samples }), SHARES);
  assert.deepEqual(asks, [5, 1, 1, 1]);
});

/** A workflow that asks for a share and then for a reason, which is told that share. */
const assess = workflow("assess", {
  signature: Share,
  calls: { percent: once, reason: predict(Reason, { corrections: 0 }) } as const,
  body: async (_input, call) => {
    const { share } = await call("percent", {});
    await call("reason", { share });
    return { share };
  },
});
const STEPS = [...SHARES.slice(0, 3), JSON.stringify({ reason: "late" })];

Deno.test("selfConsistency() of a workflow joins the first call of its samples alone", async () => {
  const { prediction, asks } = await run(selfConsistency(assess, { samples: 3 }), STEPS);
  assert.deepEqual(asks, [3, 1, 1, 1]);
  assert(prediction.status === "ok");
  assert.equal(prediction.output.share, 11);
  assert.deepEqual(pathsOf(prediction.calls).slice(0, 2), ["case/sample 0/percent", "case/sample 0/reason"]);
});

Deno.test("selfConsistency() joins first calls that go to a model of their own", async () => {
  await using server = await startChatServer({ respond: dealChoices(STEPS) });
  await using scope = several(server);
  const big = compatible("big", { baseUrl: server.baseUrl, severalChoices: true });
  const program = selfConsistency(assess.with({ percent: { model: big } }), { samples: 3 });
  assert.equal((await program.run({}, scope)).status, "ok");
  assert.deepEqual(asksOf(server), [3, 1, 1, 1]);
  assert.equal(server.requests()[0]?.body.model, "big");
});

Deno.test("selfConsistency() does not join calls that come after the first, whatever model that went to", async () => {
  await using server = await startChatServer({ respond: dealChoices(STEPS) });
  await using scope = several(server);
  const plain = compatible("plain", { baseUrl: server.baseUrl });
  const program = selfConsistency(assess.with({ percent: { model: plain } }), { samples: 3 });
  assert.equal((await program.run({}, scope)).status, "ok");
  assert.deepEqual(asksOf(server), [1, 1, 1, 1, 1, 1]);
});

Deno.test("selfConsistency() on one call of a workflow joins the samples of that call", async () => {
  const targeted = assess.with({
    percent: { strategy: (program) => selfConsistency(program, { samples: 3 }) },
  });
  const { prediction, asks } = await run(targeted, STEPS);
  assert.deepEqual(asks, [3, 1]);
  assert.equal(prediction.calls.length, 4);
});

Deno.test("selfConsistency() of selfConsistency() is one request for each inner vote", async () => {
  const { prediction, asks } = await run(selfConsistency(vote, { samples: 2 }), SHARES);
  assert.deepEqual(asks, [5, 5]);
  assert.deepEqual(textsOf(prediction.calls).toSorted(), SHARES.toSorted());
  assert.equal(new Set(prediction.calls.map(({ key }) => key)).size, 10);
});

Deno.test("selfConsistency() leaves inner attempts to themselves, which number their rollouts anew", async () => {
  const best = bestOfN(once, { n: 2, reward: ({ share }) => share });
  assert.deepEqual((await run(selfConsistency(best, { samples: 3 }), SHARES)).asks, [1, 1, 1, 1, 1, 1]);
  const checked = refine(once, { attempts: 2, check: () => undefined });
  assert.deepEqual((await run(selfConsistency(checked, { samples: 3 }), SHARES)).asks, [1, 1, 1]);
  const single = selfConsistency(once, { samples: 1 });
  assert.deepEqual((await run(selfConsistency(single, { samples: 3 }), SHARES)).asks, [1, 1, 1]);
});

Deno.test("selfConsistency() buys no choices for a first request whose rollout is none of its samples'", async () => {
  const shifted = asking((rollout, model, path) => model.generate(ask("?", 100 + rollout), { path }));
  const { prediction, asks } = await run(selfConsistency(shifted, { samples: 3 }), SHARES);
  assert.deepEqual(asks, [1, 1, 1]);
  assert.equal(prediction.calls.length, 3);
});

Deno.test("selfConsistency() does not join what its samples ask after they drew samples of their own", async () => {
  const drawing = asking(async (rollout, model, path) => {
    await model.generateSamples?.(ask("?", rollout), [100 + 2 * rollout, 101 + 2 * rollout]);
    return await model.generate(ask("and then?", rollout), { path });
  });
  assert.deepEqual((await run(selfConsistency(drawing, { samples: 2 }), SHARES)).asks, [2, 2, 1, 1]);
});

Deno.test("bestOfN() of selfConsistency() is one request an attempt", async () => {
  const { asks } = await run(bestOfN(vote, { n: 2, reward: ({ share }) => share }), SHARES);
  assert.deepEqual(asks, [5, 5]);
});

Deno.test("selfConsistency() escalates by a request of its own", async () => {
  const program = selfConsistency(once, { samples: 2, onUnstable: escalate(once) });
  const { prediction, asks } = await run(program, [say(10), say(90), say(50)]);
  assert.deepEqual(asks, [2, 1]);
  assert(prediction.status === "ok");
  assert.equal(prediction.output.share, 50);
});

/** A program that asks as it is told for each rollout, or answers without a request. */
function asking(
  ask: (rollout: number, model: Model, path: readonly string[]) => Promise<Call | void> | undefined,
): Shares {
  return {
    ...once,
    async run(_input, { rollout, model, path }) {
      const call = await ask(rollout, model, path);
      return { status: "ok", output: { share: 50 }, diagnostics: {}, calls: call ? [call] : [] };
    },
  };
}

const ask = (content: string, rollout: number) => ({
  messages: [{ role: "user" as const, content }],
  maxTokens: 8,
  rollout,
  seed: 1,
});

Deno.test("selfConsistency() waits for nothing when its samples ask nothing", async () => {
  const { prediction, asks } = await run(selfConsistency(asking(() => undefined), { samples: 5 }), SHARES);
  assert.deepEqual(asks, []);
  assert.deepEqual(prediction.calls, []);
});

Deno.test("selfConsistency() keeps choices that no sample asked for among its calls, as they were paid for", async () => {
  const even = asking((rollout, model, path) =>
    rollout % 2 === 0 ? model.generate(ask("?", rollout), { path }) : undefined
  );
  const { prediction: { calls }, asks } = await run(selfConsistency(even, { samples: 5 }), SHARES);
  assert.deepEqual(asks, [5]);
  assert.deepEqual(pathsOf(calls), [0, 2, 4, 1, 3].map((index) => `case/sample ${index}`));
  assert.equal(calls.reduce((sum, { usage }) => sum + (usage?.outputTokens ?? NaN), 0), 5 * CHOICE_TOKENS);
});

Deno.test("selfConsistency() does not list stored choices that no sample asked for", async () => {
  await using server = await startChatServer({ respond: dealChoices(SHARES) });
  const { store } = memory();
  await using scope = several(server, {}, { mode: "auto", cache: store });
  const even = asking((rollout, model, path) =>
    rollout % 2 === 0 ? model.generate(ask("?", rollout), { path }) : undefined
  );
  await selfConsistency(even, { samples: 5 }).run({}, scope);
  const { calls } = await selfConsistency(even, { samples: 5 }).run({}, scope);
  assert.equal(server.stats().total, 1);
  assert.deepEqual(pathsOf(calls), [0, 2, 4].map((index) => `case/sample ${index}`));
});

Deno.test("selfConsistency() gives each sample the reply to its own first request when these differ", async () => {
  await using server = await startChatServer({ answer: (request) => lastUserText(request) });
  await using scope = several(server);
  const own = asking((rollout, model, path) => model.generate(ask(`question ${rollout}`, rollout), { path }));
  const { calls } = await selfConsistency(own, { samples: 3 }).run({}, scope);
  assert.deepEqual(asksOf(server).toSorted(), [1, 1, 3]);
  const own3 = calls.slice(0, 3);
  assert.deepEqual(textsOf(own3), ["question 0", "question 1", "question 2"]);
  assert.deepEqual(pathsOf(calls.slice(3)), ["case/sample 1", "case/sample 2"]); // bought and not asked for
});

Deno.test("selfConsistency() gives a choice once: who asks the same again asks the endpoint", async () => {
  await using server = await startChatServer({ respond: dealChoices(SHARES) });
  await using scope = several(server);
  const twice = workflow("twice", {
    signature: Share,
    calls: { first: once, second: once } as const,
    body: async (_input, call) => {
      await call("first", {});
      return await call("second", {});
    },
  });
  const { calls } = await selfConsistency(twice, { samples: 3 }).run({}, scope);
  assert.deepEqual(asksOf(server), [3, 1, 1, 1]);
  assert.equal(new Set(textsOf(calls)).size, 6);
});

Deno.test("selfConsistency() lets go of a sample whose own signal aborts, and the others get their choices", async () => {
  const hold = Promise.withResolvers<void>();
  const deal = dealChoices(SHARES);
  await using server = await startChatServer({
    respond: async (request) => {
      await hold.promise;
      return deal(request);
    },
  });
  await using scope = several(server);
  const late = new AbortController();
  const signals = [AbortSignal.abort(), late.signal, new AbortController().signal];
  const ended: number[] = [];
  const impatient = asking(async (rollout, model, path) => {
    const signal = signals[rollout] ?? late.signal;
    const call = await model.generate(ask("?", rollout), { path, signal }).catch((error) => {
      assert.equal(error.name, "AbortError");
      if (rollout === 1) hold.resolve();
    });
    ended.push(rollout);
    return call;
  });
  const prediction = selfConsistency(impatient, { samples: 3 }).run({}, scope);
  await server.waitFor(1);
  late.abort();
  const { calls } = await prediction;
  assert.deepEqual(ended, [0, 1, 2]);
  assert.deepEqual(asksOf(server), [3]);
  assert.deepEqual(textsOf(calls), [SHARES[2], SHARES[0]]); // the last was paid for: its sample never asked
});

Deno.test("selfConsistency() keeps the requests of votes that run at once apart", async () => {
  const Topic = signature({
    name: "topic",
    instructions: "",
    input: { text: z.string() },
    output: { word: z.string() },
  });
  await using server = await startChatServer({
    answer: (request) => JSON.stringify({ word: /word-\d+/.exec(lastUserText(request))?.[0] ?? "" }),
  });
  await using scope = several(server);
  const program = selfConsistency(predict(Topic), { samples: 3 });
  const words = Array.from({ length: 16 }, (_, index) => `word-${index}`);
  const predictions = await Promise.all(words.map((text) => program.run({ text }, scope)));
  assert.deepEqual(predictions.map((entry) => entry.status === "ok" && entry.output.word), words);
  assert.deepEqual(asksOf(server), Array(16).fill(3));
});
