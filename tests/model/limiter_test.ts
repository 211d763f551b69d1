import { compatible, createEndpoints, Limiter, openModel } from "@lib/model/mod.ts";
import assert from "node:assert/strict";
import { type Behaviour, startChatServer } from "../servers/chat_server.ts";
import { ask, LONG_MS, ManualClock, serve } from "./_served_model.ts";

Deno.test.sanitizer({ ops: true, resources: true });

Deno.test("Limiter() refuses a capacity that is no count", () => {
  for (const capacity of [0, -1, 1.5, NaN, Infinity]) assert.throws(() => new Limiter(capacity), RangeError);
});

Deno.test("acquire() admits first come, first served", async () => {
  const limiter = new Limiter(2);
  const first = await limiter.acquire();
  const second = await limiter.acquire();
  const admitted: number[] = [];
  const releases = [1, 2, 3, 4].map(async (place) => {
    const release = await limiter.acquire();
    admitted.push(place);
    return release;
  });
  second();
  (await releases[0]!)();
  (await releases[1]!)();
  assert.deepEqual(admitted.slice(0, 2), [1, 2]);
  first();
  await Promise.all(releases);
  assert.deepEqual(admitted, [1, 2, 3, 4]);
});

Deno.test("acquire() admits no more than the capacity after a quiet time", async () => {
  const limiter = new Limiter(2);
  for (let round = 0; round < 3; round++) (await limiter.acquire())();
  const releases = [await limiter.acquire(), await limiter.acquire()];
  let admitted = false;
  const third = limiter.acquire().then((release) => {
    admitted = true;
    release();
  });
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(admitted, false);
  for (const release of releases) release();
  await third;
});

Deno.test("acquire() lets nobody pass those who wait", async () => {
  const limiter = new Limiter(1);
  const first = await limiter.acquire();
  const admitted: string[] = [];
  const waiting = limiter.acquire().then((release) => {
    admitted.push("waiting");
    release();
  });
  first();
  const late = limiter.acquire().then((release) => {
    admitted.push("late");
    release();
  });
  await Promise.all([waiting, late]);
  assert.deepEqual(admitted, ["waiting", "late"]);
});

Deno.test("acquire() rejects with the signal's reason when aborted, and the others keep their order", async () => {
  const limiter = new Limiter(1);
  const first = await limiter.acquire();
  const controller = new AbortController();
  const admitted: string[] = [];
  const wait = async (name: string, signal?: AbortSignal) => {
    const release = await limiter.acquire(signal);
    admitted.push(name);
    release();
  };
  const before = wait("before");
  const aborted = wait("aborted", controller.signal);
  const after = wait("after");
  const reason = new Error("enough");
  controller.abort(reason);
  await assert.rejects(aborted, (error) => error === reason);
  assert.deepEqual(admitted, []);
  first();
  await Promise.all([before, after]);
  assert.deepEqual(admitted, ["before", "after"]);
  (await limiter.acquire())();
});

Deno.test("acquire() takes no place when the signal is aborted already", async () => {
  const limiter = new Limiter(1);
  const reason = new Error("enough");
  await assert.rejects(limiter.acquire(AbortSignal.abort(reason)), (error) => error === reason);
  (await limiter.acquire())();
});

Deno.test("acquire() keeps its place when the signal aborts after it was admitted", async () => {
  const limiter = new Limiter(1);
  const controller = new AbortController();
  const first = await limiter.acquire();
  const second = limiter.acquire(controller.signal);
  first();
  controller.abort();
  (await second)();
  (await limiter.acquire())();
});

Deno.test("generate() has never more than the endpoint's concurrency in flight, and uses all of it", async () => {
  const hold = Promise.withResolvers<undefined>();
  await using server = await startChatServer({ respond: (_request, n) => n <= 3 ? hold.promise : undefined });
  await using served = serve(server, { spec: { concurrency: 3 } });
  const calls = Promise.all(
    Array.from({ length: 20 }, (_, rollout) => served.model.generate(ask({ rollout }))),
  );
  await server.waitFor(3);
  assert.equal(server.stats().inFlight, 3);
  hold.resolve(undefined);
  assert((await calls).every(({ result }) => result.ok));
  const { total, peakInFlight, connections } = server.stats();
  assert.equal(total, 20);
  assert.equal(peakInFlight, 3);
  assert(connections <= 4); // one of them is the look whether the port is open
});

Deno.test("generate() sends requests in the order in which they were made", async () => {
  await using server = await startChatServer();
  await using served = serve(server, { spec: { concurrency: 1 } });
  await Promise.all([4, 7, 1, 9].map((maxTokens) => served.model.generate(ask({ maxTokens }))));
  assert.deepEqual(server.requests().map(({ body }) => body.max_tokens), [4, 7, 1, 9]);
});

Deno.test("createEndpoints() takes a concurrency in place of each model's own", async () => {
  await using server = await startChatServer();
  await using served = serve(server, { spec: { concurrency: 8 }, concurrency: 1 });
  await Promise.all(Array.from({ length: 6 }, (_, rollout) => served.model.generate(ask({ rollout }))));
  assert.equal(server.stats().peakInFlight, 1);
});

Deno.test("createEndpoints() shares one limit between the models of one endpoint", async () => {
  await using server = await startChatServer();
  const endpoints = createEndpoints();
  const models = ["a", "b"].map((name) =>
    openModel(compatible(name, { baseUrl: server.baseUrl, concurrency: 2 }), { mode: "live", endpoints })
  );
  const calls = models.flatMap((model) =>
    Array.from({ length: 8 }, (_, rollout) => model.generate(ask({ rollout })))
  );
  await Promise.all(calls);
  await endpoints.close();
  assert.equal(server.stats().total, 16);
  assert(server.stats().peakInFlight <= 2);
});

Deno.test("createEndpoints() gives each endpoint a limit of its own", async () => {
  const hold = Promise.withResolvers<undefined>();
  await using slow = await startChatServer({ respond: () => hold.promise });
  await using quick = await startChatServer();
  const endpoints = createEndpoints({ concurrency: 1 });
  const [first, second] = [slow, quick].map(({ baseUrl }) =>
    openModel(compatible("m", { baseUrl }), { mode: "live", endpoints })
  );
  const held = first!.generate(ask());
  await slow.waitFor(1);
  assert((await second!.generate(ask())).result.ok);
  hold.resolve(undefined);
  await held;
  await endpoints.close();
});

const FAULTS: readonly Behaviour[] = [
  { kind: "status", status: 500 },
  { kind: "status", status: 401 },
  { kind: "reset", after: "request" },
  { kind: "reset", after: "middle of body" },
  { kind: "html", status: 200 },
  { kind: "huge", bytes: 20_000_000 },
  { kind: "broken_utf8" },
];

Deno.test("generate() gives its place back after every kind of fault", async () => {
  await using server = await startChatServer({ respond: (_request, n) => FAULTS[n - 1] });
  await using served = serve(server, {
    spec: { concurrency: 1 },
    model: { policy: { retries: 0 } },
  });
  for (const _ of FAULTS) assert(!(await served.model.generate(ask())).result.ok);
  assert((await served.model.generate(ask())).result.ok);
  assert.equal(server.stats().total, FAULTS.length + 1);
});

Deno.test("generate() gives its place back after each timeout", async () => {
  await using server = await startChatServer({ respond: () => ({ kind: "hang" }) });
  await using served = serve(server, {
    spec: { concurrency: 1 },
    timeoutMs: 50,
    model: { policy: { retries: 1 } },
  });
  const calls = await Promise.all([0, 1, 2].map((rollout) => served.model.generate(ask({ rollout }))));
  const faults = calls.flatMap(({ timing }) => timing.attempts.map(({ fault }) => fault?.kind));
  assert.deepEqual(faults, Array.from({ length: 6 }, () => "timeout"));
});

Deno.test("generate() gives its place back when aborted in the queue and on the wire", async () => {
  await using server = await startChatServer({
    respond: (_request, n) => n === 1 ? { kind: "hang" } : undefined,
  });
  await using served = serve(server, { spec: { concurrency: 1 }, timeoutMs: LONG_MS });
  const controllers = [new AbortController(), new AbortController()];
  const [onWire, queued] = controllers.map(({ signal }) =>
    assert.rejects(served.model.generate(ask(), { signal }), { name: "AbortError" })
  );
  await server.waitFor(1);
  controllers[1]!.abort();
  await queued;
  controllers[0]!.abort();
  await onWire;
  assert((await served.model.generate(ask())).result.ok);
  assert.equal(server.stats().total, 2);
});

Deno.test("generate() does not hold a place while it waits for the next attempt", async () => {
  const clock = new ManualClock();
  await using server = await startChatServer({
    respond: ({ body }, n) =>
      body.max_tokens === 1 && n === 1
        ? { kind: "status", status: 503, headers: { "retry-after": "9" } }
        : undefined,
  });
  await using served = serve(server, { spec: { concurrency: 1 }, model: { clock } });
  const inBackoff = Promise.withResolvers<void>();
  clock.sleep = async () => {
    assert((await served.model.generate(ask({ maxTokens: 2 }))).result.ok);
    inBackoff.resolve();
  };
  assert((await served.model.generate(ask({ maxTokens: 1 }))).result.ok);
  await inBackoff.promise;
  assert.deepEqual(server.requests().map(({ body }) => body.max_tokens), [1, 2, 1]);
});

Deno.test("generate() counts waiting for a place as queuedMs and not as durationMs", async () => {
  const clock = new ManualClock();
  const hold = Promise.withResolvers<undefined>();
  await using server = await startChatServer({
    respond: (_request, n) => n === 1 ? hold.promise : undefined,
  });
  await using served = serve(server, { spec: { concurrency: 1 }, model: { clock } });
  const first = served.model.generate(ask());
  await server.waitFor(1);
  const second = served.model.generate(ask());
  await new Promise((resolve) => setTimeout(resolve)); // lets the second one join the queue
  clock.advance(LONG_MS);
  hold.resolve(undefined);
  assert.equal((await first).timing.queuedMs, 0);
  const { queuedMs, backoffMs, attempts } = (await second).timing;
  assert.equal(queuedMs, LONG_MS);
  assert.equal(backoffMs, 0);
  assert.equal(attempts.length, 1);
  assert(attempts[0]!.durationMs < LONG_MS);
});
