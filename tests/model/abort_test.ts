import { createEndpoints, Limiter, local, openModel, SYSTEM_CLOCK, withRetries } from "@lib/model/mod.ts";
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { type Behaviour, startChatServer } from "../servers/chat_server.ts";
import { ask, LONG_MS, ManualClock, ObservedClock, serve } from "./_served_model.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const REASON = new Error("stopped by hand");
const isReason = (error: unknown) => error === REASON;

for (
  const behaviour of [
    { kind: "hang" },
    { kind: "slow_headers", ms: LONG_MS },
    { kind: "slow_body", ms: LONG_MS },
  ] as const
) {
  Deno.test(`generate() rejects with the signal's reason when aborted while the server does ${behaviour.kind}`, async () => {
    await using server = await startChatServer({ respond: () => behaviour });
    await using served = serve(server);
    const controller = new AbortController();
    const call = served.model.generate(ask(), { signal: controller.signal });
    await server.waitFor(1);
    controller.abort(REASON);
    await assert.rejects(call, isReason);
    await server.waitForAborted(1);
    assert.equal(server.stats().total, 1);
  });
}

Deno.test("generate() makes no request when the signal is aborted already", async () => {
  await using server = await startChatServer();
  await using served = serve(server);
  await assert.rejects(served.model.generate(ask(), { signal: AbortSignal.abort(REASON) }), isReason);
  assert.equal(server.stats().connections, 0);
});

Deno.test("generate() rejects when the signal is aborted already, even where a store has the reply", async () => {
  const stored = { reply: { text: "x", finishReason: "stop" }, usage: null, attempts: [], at: "" };
  const cache = { get: () => stored, put: () => Promise.resolve(), close: () => Promise.resolve() };
  const model = openModel(local("tiny"), { mode: "auto", cache, endpoints: createEndpoints() });
  await assert.rejects(model.generate(ask(), { signal: AbortSignal.abort(REASON) }), isReason);
});

Deno.test("generate() rejects with the signal's reason when aborted while the endpoint is being opened", async () => {
  const asked = Promise.withResolvers<void>();
  const found = Promise.withResolvers<undefined>();
  const endpoints = createEndpoints({
    findLocal: () => {
      asked.resolve();
      return found.promise;
    },
  });
  const model = openModel(local("tiny"), { mode: "live", endpoints });
  const controller = new AbortController();
  const call = model.generate(ask(), { signal: controller.signal });
  await asked.promise;
  controller.abort(REASON);
  await assert.rejects(call, isReason);
  found.resolve(undefined);
  await endpoints.close();
});

Deno.test("generate() rejects with the signal's reason when aborted in the queue, and never sends", async () => {
  const hold = Promise.withResolvers<undefined>();
  await using server = await startChatServer({ respond: () => hold.promise });
  await using served = serve(server, { spec: { concurrency: 1 } });
  const controller = new AbortController();
  const first = served.model.generate(ask());
  await server.waitFor(1);
  const queued = served.model.generate(ask(), { signal: controller.signal });
  controller.abort(REASON);
  await assert.rejects(queued, isReason);
  hold.resolve(undefined);
  assert((await first).result.ok);
  assert.equal(server.stats().total, 1);
});

Deno.test("generate() rejects with the signal's reason when aborted in the wait between attempts", async () => {
  const headers = { "retry-after": "500" };
  await using server = await startChatServer({ respond: () => ({ kind: "status", status: 429, headers }) });
  const clock = new ObservedClock();
  await using served = serve(server, { model: { clock } });
  const controller = new AbortController();
  const call = served.model.generate(ask(), { signal: controller.signal });
  assert.equal(await clock.sleeping, 500_000);
  controller.abort(REASON);
  await assert.rejects(call, isReason);
  assert.equal(server.stats().total, 1);
});

Deno.test("generate() ends all its calls at once when their shared signal aborts", async () => {
  await using server = await startChatServer({ respond: () => ({ kind: "hang" }) });
  await using served = serve(server, { spec: { concurrency: 4 } });
  const controller = new AbortController();
  const calls = Array.from(
    { length: 50 },
    (_, rollout) => served.model.generate(ask({ rollout }), { signal: controller.signal }),
  );
  const ends = Promise.all(calls.map((call) => assert.rejects(call, isReason)));
  await server.waitFor(4);
  controller.abort(REASON);
  await ends;
  await server.waitForAborted(4);
  assert.equal(server.stats().total, 4);
});

Deno.test("withRetries() sends nothing when aborted in the moment in which its place came free", async () => {
  const limiter = new Limiter(1);
  const first = await limiter.acquire();
  const controller = new AbortController();
  const policy = { retries: 3, backoffMs: 1, longestWaitMs: 1, random: () => 0 };
  let attempts = 0;
  const attempt = () => {
    attempts++;
    return Promise.reject(new Error("sent"));
  };
  const { signal } = controller;
  const result = withRetries(attempt, { policy, limiter, clock: new ManualClock(), signal });
  first();
  controller.abort(REASON);
  await assert.rejects(result, isReason);
  assert.equal(attempts, 0);
  (await limiter.acquire())();
});

Deno.test("withRetries() does not repeat an attempt that failed while it was aborted", async () => {
  const controller = new AbortController();
  const policy = { retries: 3, backoffMs: 1, longestWaitMs: 1, random: () => 0 };
  let attempts = 0;
  const attempt = () => {
    attempts++;
    controller.abort(REASON);
    const fault = { kind: "connection" as const, message: "lost" };
    return Promise.resolve({ ok: false as const, fault, durationMs: 1 });
  };
  const { signal } = controller;
  const options = { policy, limiter: new Limiter(1), clock: new ManualClock(), signal };
  await assert.rejects(withRetries(attempt, options), isReason);
  assert.equal(attempts, 1);
});

Deno.test("generate() leaves no listener on a signal that 1000 calls share", async () => {
  const faults: readonly Behaviour[] = [
    { kind: "status", status: 500 },
    { kind: "status", status: 401 },
    { kind: "reset", after: "request" },
    { kind: "html", status: 200 },
  ];
  await using server = await startChatServer({
    respond: (_request, n) => n % 5 === 0 ? faults[n % 4] : undefined,
  });
  await using served = serve(server, {
    spec: { concurrency: 8 },
    model: { clock: SYSTEM_CLOCK, policy: { backoffMs: 0 } },
  });
  const { signal } = new AbortController();
  await Promise.all(
    Array.from({ length: 1000 }, (_, rollout) => served.model.generate(ask({ rollout }), { signal })),
  );
  assert(server.stats().total > 1000);
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

Deno.test("generate() leaves no listener when it answers from a store or rejects", async () => {
  const { signal } = new AbortController();
  const endpoints = createEndpoints({ findLocal: () => Promise.resolve(undefined) });
  const stored = { reply: { text: "x", finishReason: "stop" }, usage: null, attempts: [], at: "" };
  const cache = { get: () => stored, put: () => Promise.resolve(), close: () => Promise.resolve() };
  await openModel(local("tiny"), { mode: "auto", cache, endpoints }).generate(ask(), { signal });
  const live = openModel(local("tiny"), { mode: "live", endpoints });
  await assert.rejects(live.generate(ask(), { signal }), { name: "InputError" });
  await endpoints.close();
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

Deno.test("SYSTEM_CLOCK sleep() leaves no listener and no timer, ended or aborted", async () => {
  const controller = new AbortController();
  await SYSTEM_CLOCK.sleep(0, controller.signal);
  assert.equal(getEventListeners(controller.signal, "abort").length, 0);
  const sleep = SYSTEM_CLOCK.sleep(LONG_MS, controller.signal);
  assert.equal(getEventListeners(controller.signal, "abort").length, 1);
  controller.abort(REASON);
  await assert.rejects(sleep, isReason);
  await assert.rejects(SYSTEM_CLOCK.sleep(LONG_MS, controller.signal), isReason);
});

Deno.test("SYSTEM_CLOCK sleep() does not take a wait beyond the longest timer for none at all", async () => {
  const controller = new AbortController();
  const sleep = SYSTEM_CLOCK.sleep(1e12, controller.signal);
  const first = await Promise.race([
    sleep.then(() => "slept", () => "aborted"),
    new Promise((resolve) => setTimeout(() => resolve("still asleep"), 20)),
  ]);
  assert.equal(first, "still asleep");
  controller.abort(REASON);
  await assert.rejects(sleep, isReason);
});
