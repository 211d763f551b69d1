import { bestOfN, predict } from "@lib/program/mod.ts";
import { signature } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { z } from "zod";
import { answering, scopeAt } from "./_scope.ts";

const Slogan = signature({ name: "slogan", instructions: "", input: {}, output: { text: z.string() } });
const say = (text: string) => JSON.stringify({ text });
const once = predict(Slogan, { corrections: 0 });
const longest = ({ text }: { text: string }) => text.length;

Deno.test("bestOfN() keeps the attempt with the highest reward, and every attempt with its reward", async () => {
  await using server = await answering([say("a"), say("ccc"), say("bb")]);
  await using scope = scopeAt(server);
  const prediction = await bestOfN(once, { n: 3, reward: longest }).run({}, scope);
  assert(prediction.status === "ok");
  assert.deepEqual(prediction.output, { text: "ccc" });
  assert.deepEqual(prediction.diagnostics, {
    attempts: [
      { status: "ok", output: { text: "a" }, reward: 1 },
      { status: "ok", output: { text: "ccc" }, reward: 3 },
      { status: "ok", output: { text: "bb" }, reward: 2 },
    ],
    chosen: 1,
  });
  assert.deepEqual(prediction.calls.map(({ path }) => path.at(-1)), ["attempt 0", "attempt 1", "attempt 2"]);
});

Deno.test("bestOfN() keeps the first of equal rewards", async () => {
  await using server = await answering([say("one"), say("two")]);
  await using scope = scopeAt(server);
  const prediction = await bestOfN(once, { n: 2, reward: longest }).run({}, scope);
  assert(prediction.status === "ok");
  assert.equal(prediction.output.text, "one");
});

Deno.test("bestOfN() stops at the threshold, and a threshold of 0 is one", async () => {
  await using server = await answering([], say("x"));
  await using scope = scopeAt(server);
  await bestOfN(once, { n: 5, reward: () => 0, threshold: 0 }).run({}, scope);
  assert.equal(server.stats().total, 1);
  await bestOfN(once, { n: 5, reward: () => -1, threshold: 0 }).run({}, scope);
  assert.equal(server.stats().total, 6);
});

Deno.test("bestOfN() makes as many attempts on every call of one program", async () => {
  await using server = await answering([], { kind: "status", status: 500 });
  await using scope = scopeAt(server);
  const program = bestOfN(once, { n: 3, reward: longest });
  for (const expected of [3, 6, 9]) {
    const prediction = await program.run({}, scope);
    assert(prediction.status === "failed");
    assert.equal(prediction.failure.kind, "server");
    assert.equal(server.stats().total, expected);
  }
});

Deno.test("bestOfN() draws different rollouts at every attempt and repeat", async () => {
  await using server = await answering([], say("x"));
  const program = bestOfN(once, { n: 2, reward: longest });
  for (const rollout of [0, 1]) {
    await using scope = scopeAt(server, { rollout });
    await program.run({}, scope);
  }
  assert.equal(new Set(server.requests().map(({ body }) => body.seed)).size, 4);
});

Deno.test("bestOfN() never prefers an attempt whose reward throws or is no number, and tells why", async () => {
  await using server = await answering([say("bad"), say("nan"), say("good"), say("bad")]);
  await using scope = scopeAt(server);
  const reward = ({ text }: { text: string }) => {
    if (text === "bad") throw new Error("no rating");
    return text === "nan" ? NaN : -100;
  };
  const prediction = await bestOfN(once, { n: 3, reward }).run({}, scope);
  assert(prediction.status === "ok");
  assert.equal(prediction.output.text, "good");
  const { attempts } = prediction.diagnostics as { attempts: { rewardFault?: string }[] };
  assert.deepEqual(attempts.map(({ rewardFault }) => rewardFault), [
    "no rating",
    "gave NaN, expected a number",
    undefined,
  ]);
  const only = await bestOfN(once, { n: 1, reward }).run({}, scope);
  assert(only.status === "ok" && only.output.text === "bad");
  assert.equal(only.diagnostics.chosen, undefined);
});

Deno.test("bestOfN() takes an output over a failed first attempt where no attempt has a reward", async () => {
  await using server = await answering(["no JSON", say("x")]);
  await using scope = scopeAt(server);
  const prediction = await bestOfN(once, { n: 2, reward: () => NaN }).run({}, scope);
  assert.equal(prediction.status, "ok");
});

Deno.test("bestOfN() throws a RangeError when n is no count", () => {
  for (const n of [0, 1.5, NaN]) assert.throws(() => bestOfN(once, { n, reward: longest }), RangeError);
});
