import { Limiter, retryAfterMs, withRetries } from "@lib/model/mod.ts";
import assert from "node:assert/strict";
import { type Behaviour, type ChatServer, startChatServer } from "../servers/chat_server.ts";
import { ask, ManualClock, serve } from "./_served_model.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const status = (code: number, headers: Record<string, string> = {}): Behaviour => ({
  kind: "status",
  status: code,
  headers,
});

/** A server that answers with each behaviour in turn and then as a healthy one. */
function serverOf(...behaviours: Behaviour[]): Promise<ChatServer> {
  return startChatServer({ respond: (_request, n) => behaviours[n - 1] });
}

const lasting = (behaviour: Behaviour) => startChatServer({ respond: () => behaviour });

for (const retries of [0, 1, 3, 20]) {
  Deno.test(`generate() makes exactly ${retries + 1} requests when a 500 lasts and retries is ${retries}`, async () => {
    await using server = await lasting(status(500));
    const clock = new ManualClock();
    await using served = serve(server, { model: { clock, policy: { retries } } });
    const call = await served.model.generate(ask());
    assert(!call.result.ok);
    assert.equal(call.result.fault.kind, "server");
    assert.equal(call.result.fault.status, 500);
    assert.equal(server.stats().total, retries + 1);
    assert.equal(clock.sleeps.length, retries);
    assert.equal(call.timing.attempts.length, retries + 1);
    assert(call.timing.attempts.every(({ fault }) => fault?.kind === "server"));
    assert.equal(call.usage, null);
    assert.equal(call.costUsd, null);
  });
}

for (const code of [408, 429, 500, 502, 503, 504, 529]) {
  Deno.test(`generate() repeats a ${code} and keeps the failed attempt in the trace`, async () => {
    await using server = await serverOf(status(code));
    await using served = serve(server);
    const call = await served.model.generate(ask());
    assert(call.result.ok);
    assert.equal(server.stats().total, 2);
    const [first, second, ...more] = call.timing.attempts;
    assert.equal(first?.fault?.status, code);
    assert.equal(second?.fault, undefined);
    assert.deepEqual(more, []);
  });
}

for (
  const [code, kind] of [
    [400, "bad_request"],
    [401, "auth"],
    [402, "bad_request"],
    [403, "auth"],
    [404, "not_found"],
    [409, "bad_request"],
    [413, "bad_request"],
    [422, "bad_request"],
  ] as const
) {
  Deno.test(`generate() never repeats a ${code} and calls it ${kind}, even with Retry-After`, async () => {
    await using server = await lasting(status(code, { "retry-after": "1" }));
    const clock = new ManualClock();
    await using served = serve(server, { model: { clock } });
    const call = await served.model.generate(ask());
    assert(!call.result.ok);
    assert.equal(call.result.fault.kind, kind);
    assert.equal(call.result.fault.status, code);
    assert.match(call.result.fault.message, new RegExp(`^HTTP ${code} `));
    assert.equal(server.stats().total, 1);
    assert.deepEqual(clock.sleeps, []);
  });
}

Deno.test("generate() sends the same body in each attempt", async () => {
  await using server = await serverOf(status(500), status(429));
  await using served = serve(server);
  await served.model.generate(ask());
  const bodies = new Set(server.requests().map(({ text }) => text));
  assert.equal(server.stats().total, 3);
  assert.equal(bodies.size, 1);
});

Deno.test("generate() waits as long as Retry-After says in seconds, and counts it as backoff", async () => {
  await using server = await serverOf(
    status(429, { "retry-after": "17" }),
    status(503, { "retry-after": "2" }),
  );
  const clock = new ManualClock();
  await using served = serve(server, { model: { clock } });
  const call = await served.model.generate(ask());
  assert(call.result.ok);
  assert.deepEqual(clock.sleeps, [17_000, 2_000]);
  assert.equal(call.timing.backoffMs, 19_000);
  assert.equal(call.timing.queuedMs, 0);
});

Deno.test("generate() waits until the HTTP date in Retry-After", async () => {
  const until = Math.ceil(Date.now() / 1000) * 1000 + 90_000;
  await using server = await serverOf(status(429, { "retry-after": new Date(until).toUTCString() }));
  const clock = new ManualClock();
  await using served = serve(server, { model: { clock } });
  const before = Date.now();
  const call = await served.model.generate(ask());
  const after = Date.now();
  assert(call.result.ok);
  const [wait, ...more] = clock.sleeps;
  assert(wait !== undefined && wait >= until - after && wait <= until - before);
  assert.deepEqual(more, []);
});

Deno.test("generate() ends the call when Retry-After asks for more than longestWaitMs", async () => {
  await using server = await lasting(status(429, { "retry-after": "61" }));
  const clock = new ManualClock();
  await using served = serve(server, { model: { clock, policy: { longestWaitMs: 60_000 } } });
  const call = await served.model.generate(ask());
  assert(!call.result.ok);
  assert.equal(call.result.fault.kind, "rate_limit");
  assert.equal(server.stats().total, 1);
  assert.deepEqual(clock.sleeps, []);
});

Deno.test("generate() accepts a Retry-After of exactly longestWaitMs", async () => {
  await using server = await serverOf(status(429, { "retry-after": "60" }));
  const clock = new ManualClock();
  await using served = serve(server, { model: { clock, policy: { longestWaitMs: 60_000 } } });
  assert((await served.model.generate(ask())).result.ok);
  assert.deepEqual(clock.sleeps, [60_000]);
});

Deno.test("generate() doubles its own waits, spreads them, and cuts them at longestWaitMs", async () => {
  await using server = await lasting(status(500));
  const clock = new ManualClock();
  const policy = { retries: 6, backoffMs: 1000, longestWaitMs: 10_000, random: () => 0.5 };
  await using served = serve(server, { model: { clock, policy } });
  await served.model.generate(ask());
  assert.deepEqual(clock.sleeps, [1500, 3000, 6000, 10_000, 10_000, 10_000]);
  assert.equal(server.stats().total, 7);
});

Deno.test("openModel() refuses a number of retries that would never end", async () => {
  await using server = await startChatServer();
  for (const retries of [-1, 1.5, NaN, Infinity, undefined]) {
    assert.throws(() => serve(server, { model: { policy: { retries } } }), {
      name: "RangeError",
      message: new RegExp(`retries must be an integer >= 0: current value is ${retries}`),
    });
  }
});

Deno.test("withRetries() holds a place only while an attempt runs", async () => {
  const limiter = new Limiter(1);
  const clock = new ManualClock();
  let inSleep = 0;
  clock.sleep = async () => {
    (await limiter.acquire())();
    inSleep++;
  };
  const fault = { kind: "server", message: "HTTP 500" } as const;
  const policy = { retries: 2, backoffMs: 1, longestWaitMs: 1000, random: () => 0 };
  await withRetries(() => Promise.resolve({ ok: false, fault, durationMs: 1 }), { policy, limiter, clock });
  assert.equal(inSleep, 2);
});

Deno.test("withRetries() gives the place back when an attempt throws", async () => {
  const limiter = new Limiter(1);
  const policy = { retries: 2, backoffMs: 1, longestWaitMs: 1000, random: () => 0 };
  const options = { policy, limiter, clock: new ManualClock() };
  await assert.rejects(withRetries(() => Promise.reject(new Error("bug")), options), { message: "bug" });
  (await limiter.acquire())();
});

Deno.test("withRetries() keeps waiting for a place, waiting between attempts and work apart", async () => {
  const limiter = new Limiter(1);
  const clock = new ManualClock();
  const policy = { retries: 1, backoffMs: 100, longestWaitMs: 1000, random: () => 0 };
  const others = await limiter.acquire();
  let attempts = 0;
  const attempt = () => {
    clock.advance(40);
    const durationMs = 40;
    if (++attempts === 2) {
      return Promise.resolve({
        ok: true as const,
        reply: { text: "", finishReason: null },
        usage: null,
        durationMs,
      });
    }
    const fault = { kind: "timeout" as const, message: "late" };
    return Promise.resolve({ ok: false as const, fault, durationMs });
  };
  const result = withRetries(attempt, { policy, limiter, clock });
  clock.advance(5000);
  others();
  const { timing } = await result;
  assert.equal(timing.queuedMs, 5000);
  assert.equal(timing.backoffMs, 100);
  assert.deepEqual(timing.attempts.map(({ durationMs }) => durationMs), [40, 40]);
});

Deno.test("retryAfterMs() reads whole and broken seconds", () => {
  assert.equal(retryAfterMs("0", 0), 0);
  assert.equal(retryAfterMs("120", 0), 120_000);
  assert.equal(retryAfterMs(" 7 ", 0), 7000);
  assert.equal(retryAfterMs("0.25", 0), 250);
});

Deno.test("retryAfterMs() reads the three date formats of RFC 9110, 5.6.7", () => {
  const now = Date.UTC(1994, 10, 6, 8, 49, 0);
  assert.equal(retryAfterMs("Sun, 06 Nov 1994 08:49:37 GMT", now), 37_000);
  assert.equal(retryAfterMs("Sunday, 06-Nov-94 08:49:37 GMT", now), 37_000);
  assert.equal(retryAfterMs("Sun Nov  6 08:49:37 1994", now), 37_000);
});

Deno.test("retryAfterMs() is 0 for a date in the past", () => {
  assert.equal(retryAfterMs("Sun, 06 Nov 1994 08:49:37 GMT", Date.UTC(2026, 0)), 0);
});

Deno.test("retryAfterMs() is undefined when the header is missing or unreadable, so that the own backoff counts", () => {
  const unreadable = [
    "",
    " ",
    "soon",
    "-5",
    "1,2",
    "abc 5",
    "120s",
    "0x10",
    "1e3",
    "Infinity",
    "NaN",
    "2026-11-24",
  ];
  for (const header of [null, undefined, ...unreadable]) {
    assert.equal(retryAfterMs(header, 0), undefined, `header ${JSON.stringify(header)}`);
  }
});
