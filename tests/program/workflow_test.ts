import { digest } from "@lib/io/mod.ts";
import { compatible, NotStoredError } from "@lib/model/mod.ts";
import {
  CallFailedError,
  type CallRecord,
  chainOfThought,
  type Diagnostics,
  predict,
  type Program,
  workflow,
} from "@lib/program/mod.ts";
import { signature } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { z } from "zod";
import { lastUserText, startChatServer } from "../servers/chat_server.ts";
import { answering, scopeAt } from "./_scope.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const Text = { text: z.string() };
const Count = signature({
  name: "count",
  instructions: "Count.",
  input: Text,
  output: { words: z.number() },
});
const Mood = signature({
  name: "mood",
  instructions: "Feel.",
  input: Text,
  output: { mood: z.enum(["good", "bad"]) },
});
const Verdict = signature({
  name: "verdict",
  instructions: "",
  input: Text,
  output: { long: z.boolean(), mood: z.enum(["good", "bad"]) },
});
const INPUT = Object.freeze({ text: "a b c" });
const COUNT = '{"words":3}';
const MOOD = '{"mood":"good"}';

/** Counts, then feels. */
const assess = workflow("assess", {
  signature: Verdict,
  calls: { count: predict(Count), feel: predict(Mood) },
  body: async ({ text }, call) => {
    const { words } = await call("count", { text });
    const { mood } = await call("feel", { text });
    return { long: words > 100, mood };
  },
});

/** Counts and feels at the same time. */
const assessAtOnce = workflow("assess_at_once", {
  signature: Verdict,
  calls: { count: predict(Count, { corrections: 0 }), feel: predict(Mood, { corrections: 0 }) },
  body: async ({ text }, call) => {
    const [{ words }, { mood }] = await Promise.all([call("count", { text }), call("feel", { text })]);
    return { long: words > 100, mood };
  },
});

/** Answers by the name of the schema that a request asks for. */
function bySchema(answers: Record<string, string>, held: Record<string, Promise<unknown>> = {}) {
  return startChatServer({
    respond: async ({ body }) => {
      const name = body.response_format?.type === "json_schema" ? body.response_format.json_schema.name : "";
      await held[name];
      return { kind: "reply", content: answers[name] ?? null };
    },
  });
}

const paths = (calls: readonly { path: readonly string[] }[]) => calls.map(({ path }) => path.join(" > "));

/** Diagnostics of each call by its name; of nested workflows likewise. */
function byName(diagnostics: Diagnostics): Record<string, unknown> {
  const calls = diagnostics.calls as readonly CallRecord[];
  return Object.fromEntries(calls.map((call) => [
    call.name,
    "calls" in call.diagnostics ? byName(call.diagnostics) : call.diagnostics,
  ]));
}

Deno.test("workflow() makes its named calls under their paths and gives back a validated output", async () => {
  await using server = await answering([COUNT, MOOD]);
  await using scope = scopeAt(server);
  const prediction = await assess.run(INPUT, scope);
  assert(prediction.status === "ok");
  assert.deepEqual(prediction.output, { long: false, mood: "good" });
  assert.deepEqual(paths(prediction.calls), ["case > count", "case > feel"]);
  assert.deepEqual(byName(prediction.diagnostics), { count: {}, feel: {} });
  assert.equal(server.stats().total, 2);
});

Deno.test("workflow() passes the output of one call into the next", async () => {
  const chain = workflow("chain", {
    signature: Mood,
    calls: { count: predict(Count), feel: predict(Mood) },
    body: async ({ text }, call) => {
      const { words } = await call("count", { text });
      return await call("feel", { text: `${words} words` });
    },
  });
  await using server = await answering([COUNT, MOOD]);
  await using scope = scopeAt(server);
  assert.equal((await chain.run(INPUT, scope)).status, "ok");
  assert.equal(lastUserText(server.requests()[1]!), "<text>\n3 words\n</text>");
});

Deno.test("workflow() keeps corrections inside a call under its path, and their diagnostics under its name", async () => {
  await using server = await answering(["three", COUNT, MOOD]);
  await using scope = scopeAt(server);
  const prediction = await assess.run(INPUT, scope);
  assert.deepEqual(paths(prediction.calls), ["case > count", "case > count > correction 1", "case > feel"]);
  assert.deepEqual(byName(prediction.diagnostics), { count: { corrections: 1 }, feel: {} });
});

Deno.test("workflow() lists calls in the order in which they began, whichever ends first", async () => {
  const felt = Promise.withResolvers<void>();
  await using server = await bySchema({ count: COUNT, mood: MOOD }, { count: felt.promise });
  await using scope = scopeAt(server);
  const running = assessAtOnce.run(INPUT, scope);
  await server.waitFor(2);
  felt.resolve();
  assert.deepEqual(paths((await running).calls), ["case > count", "case > feel"]);
});

Deno.test("workflow() fails as format with the field when its body gives an output that does not validate", async () => {
  const wrong = workflow("wrong", {
    signature: Verdict,
    calls: { count: predict(Count) },
    body: async ({ text }, call) => {
      await call("count", { text });
      return { long: true, mood: "so-so" as "good" };
    },
  });
  await using server = await answering([COUNT]);
  await using scope = scopeAt(server);
  const prediction = await wrong.run(INPUT, scope);
  assert(prediction.status === "failed");
  assert.equal(prediction.failure.kind, "format");
  assert.equal(prediction.failure.path, "mood");
  assert.match(prediction.failure.message, /the body returned an output that does not validate/);
  assert.equal(prediction.calls.length, 1);
});

Deno.test("workflow() ends with the failure of a call that fails, names it, and keeps all calls", async () => {
  await using server = await answering([COUNT, '{"mood":"odd"}', '{"mood":"odd"}']);
  await using scope = scopeAt(server);
  const prediction = await assess.run(INPUT, scope);
  assert(prediction.status === "failed");
  assert.equal(prediction.failure.kind, "format");
  assert.equal(prediction.failure.path, "mood");
  assert.match(prediction.failure.message, /^The call "feel" failed: .*found "odd"/);
  assert.deepEqual(paths(prediction.calls), ["case > count", "case > feel", "case > feel > correction 1"]);
});

Deno.test("workflow() makes no call after one that failed", async () => {
  await using server = await answering([{ kind: "status", status: 401 }]);
  await using scope = scopeAt(server);
  const prediction = await assess.run(INPUT, scope);
  assert(prediction.status === "failed");
  assert.equal(prediction.failure.kind, "auth");
  assert.equal(prediction.calls.length, 1);
  assert.equal(server.stats().total, 1);
});

Deno.test("workflow() goes on when its body catches a failed call, and keeps that call", async () => {
  const careful = workflow("careful", {
    signature: Verdict,
    calls: { count: predict(Count), feel: predict(Mood) },
    body: async ({ text }, call) => {
      const { words } = await call("count", { text }).catch((error: unknown) => {
        assert(error instanceof CallFailedError);
        assert.equal(error.call, "count");
        assert.equal(error.failure.kind, "refused");
        return { words: 0 };
      });
      return { long: words > 100, ...await call("feel", { text }) };
    },
  });
  await using server = await answering([{ kind: "refusal", text: "no" }, MOOD]);
  await using scope = scopeAt(server);
  const prediction = await careful.run(INPUT, scope);
  assert(prediction.status === "ok");
  assert.deepEqual(paths(prediction.calls), ["case > count", "case > feel"]);
});

Deno.test("workflow() waits for the calls beside one that failed: they are paid for and kept", async () => {
  const hold = Promise.withResolvers<void>();
  await using server = await bySchema({ count: "none", mood: MOOD }, { mood: hold.promise });
  await using scope = scopeAt(server);
  const running = assessAtOnce.run(INPUT, scope);
  await server.waitFor(2);
  hold.resolve();
  const prediction = await running;
  assert(prediction.status === "failed");
  assert.match(prediction.failure.message, /^The call "count" failed/);
  assert.deepEqual(paths(prediction.calls), ["case > count", "case > feel"]);
  assert.deepEqual(prediction.calls.map(({ result }) => result.ok), [true, true]);
  assert.equal(server.stats().inFlight, 0);
});

Deno.test("workflow() survives two calls that fail beside each other", async () => {
  await using server = await bySchema({});
  await using scope = scopeAt(server);
  const started = workflow("started", {
    signature: Verdict,
    calls: { count: predict(Count), feel: predict(Mood) },
    body: async ({ text }, call) => {
      const feeling = call("feel", { text });
      const { words } = await call("count", { text });
      return { long: words > 100, ...await feeling };
    },
  });
  const prediction = await started.run(INPUT, scope);
  assert(prediction.status === "failed");
  assert.equal(prediction.calls.length, 2);
});

Deno.test("workflow() makes no call for a branch that goes on after its end", async () => {
  const hold = Promise.withResolvers<void>();
  const failed = Promise.withResolvers<void>();
  const late = Promise.withResolvers<unknown>();
  const branches = workflow("branches", {
    signature: Verdict,
    calls: { count: predict(Count, { corrections: 0 }), feel: predict(Mood) },
    body: async ({ text }, call) => {
      const branch = async () => {
        await call("feel", { text });
        const again = call("feel", { text });
        again.catch(late.resolve);
        return await again;
      };
      const counted = call("count", { text });
      counted.catch(() => failed.resolve());
      const [{ mood }, { words }] = await Promise.all([branch(), counted]);
      return { long: words > 100, mood };
    },
  });
  await using server = await bySchema({ count: "none", mood: MOOD }, { mood: hold.promise });
  await using scope = scopeAt(server);
  const running = branches.run(INPUT, scope);
  await failed.promise;
  await server.waitFor(2);
  hold.resolve();
  assert.equal((await running).calls.length, 2);
  assert.match(String(await late.promise), /Cannot call "feel" as the workflow has ended/);
  assert.equal(server.stats().total, 2);
});

Deno.test("workflow() rejects with an error that its body throws itself", async () => {
  const bug = new TypeError("a bug in the body");
  const bodies = [
    () => Promise.reject(bug),
    () => {
      throw bug;
    },
  ];
  await using server = await answering([]);
  await using scope = scopeAt(server);
  for (const body of bodies) {
    const buggy = workflow("buggy", { signature: Verdict, calls: {}, body });
    await assert.rejects(buggy.run(INPUT, scope), (error) => error === bug);
  }
});

/** A body that answers whatever happens. */
const swallow = workflow("swallow", {
  signature: Mood,
  calls: { feel: predict(Mood) },
  body: async ({ text }, call) => {
    try {
      return await call("feel", { text });
    } catch {
      return { mood: "good" as const };
    }
  },
});

Deno.test("workflow() rejects with the signal's reason when aborted, even where its body catches everything", async () => {
  await using server = await answering([], { kind: "hang" });
  const controller = new AbortController();
  await using scope = scopeAt(server, { signal: controller.signal });
  for (const program of [assess, swallow]) {
    const running = program.run(INPUT, scope);
    await server.waitFor(1);
    const reason = new Error("stopped by hand");
    controller.abort(reason);
    await assert.rejects(running, (error) => error === (controller.signal.reason as Error));
  }
  assert.equal(server.stats().total, 1);
});

Deno.test("workflow() rejects with what is not stored in mode replay, even where its body catches everything", async () => {
  await using server = await answering([]);
  await using scope = scopeAt(server, {}, { model: { mode: "replay" } });
  await assert.rejects(swallow.run(INPUT, scope), (error) => error instanceof NotStoredError);
});

Deno.test("workflow() rejects a call that it does not declare", async () => {
  const unknown = workflow("unknown", {
    signature: Mood,
    calls: { feel: predict(Mood) },
    body: (input, call) => call("fell" as "feel", input),
  });
  await using server = await answering([]);
  await using scope = scopeAt(server);
  await assert.rejects(unknown.run(INPUT, scope), { name: "RangeError", message: /"fell"/ });
});

Deno.test("workflow() abstains when a call abstains", async () => {
  const shy: Program = {
    name: "shy",
    signature: Mood,
    describe: () => ({ strategy: "shy" }),
    forecast: () => ({ calls: { least: 0, most: 0 }, outputTokens: 0 }),
    run: () =>
      Promise.resolve({ status: "abstained", reason: "no majority", diagnostics: { votes: 2 }, calls: [] }),
  };
  await using server = await answering([COUNT]);
  await using scope = scopeAt(server);
  const prediction = await assess.with({ feel: { strategy: () => shy } }).run(INPUT, scope);
  assert(prediction.status === "abstained");
  assert.equal(prediction.reason, 'The call "feel" abstained: no majority');
  assert.deepEqual(byName(prediction.diagnostics), { count: {}, feel: { votes: 2 } });
});

Deno.test("with() gives another strategy to one call only, and leaves the workflow as it was", async () => {
  const reasoned = '{"reasoning":"Many.","words":3}';
  await using server = await answering([reasoned, MOOD, COUNT, MOOD]);
  await using scope = scopeAt(server);
  const changed = assess.with({ count: { strategy: () => chainOfThought(Count) } });
  const prediction = await changed.run(INPUT, scope);
  assert.deepEqual(byName(prediction.diagnostics), { count: { reasoning: "Many." }, feel: {} });
  assert.deepEqual(byName((await assess.run(INPUT, scope)).diagnostics), { count: {}, feel: {} });
});

Deno.test("with() hands a call's own program to its strategy", () => {
  const seen: Program[] = [];
  assess.with({
    count: {
      strategy: (program) => {
        seen.push(program);
        return program;
      },
    },
  });
  assert.deepEqual(seen.map(({ signature }) => signature.digest), [Count.digest]);
});

Deno.test("with() sends one call to its own model, and the others to the run's", async () => {
  await using small = await answering([MOOD]);
  await using big = await answering([COUNT]);
  await using scope = scopeAt(small);
  const model = compatible("big-model", { baseUrl: big.baseUrl, temperature: 0 });
  const prediction = await assess.with({ count: { model } }).run(INPUT, scope);
  assert.equal(prediction.status, "ok");
  assert.deepEqual(prediction.calls.map((call) => call.model), [model.name, scope.model.spec.name]);
  assert.deepEqual(big.requests().map(({ body }) => [body.model, body.temperature]), [["big-model", 0]]);
  assert.deepEqual(small.requests().map(({ body }) => body.model), ["test-model"]);
});

Deno.test("with() gives its model to every call inside a call that is a workflow itself", async () => {
  await using small = await answering([MOOD]);
  await using big = await answering([COUNT, MOOD]);
  const outer = workflow("outer", {
    signature: Mood,
    calls: { inner: assess, feel: predict(Mood) },
    body: async (input, call) => {
      await call("inner", input);
      return await call("feel", input);
    },
  });
  await using scope = scopeAt(small);
  const model = compatible("big-model", { baseUrl: big.baseUrl });
  const prediction = await outer.with({ inner: { model } }).run(INPUT, scope);
  assert.deepEqual(paths(prediction.calls), ["case > inner > count", "case > inner > feel", "case > feel"]);
  assert.equal(big.stats().total, 2);
  assert.equal(small.stats().total, 1);
  assert.deepEqual(byName(prediction.diagnostics), { inner: { count: {}, feel: {} }, feel: {} });
});

Deno.test("with() keeps a call's strategy when a second with() gives it a model", async () => {
  await using server = await answering(['{"reasoning":"Many.","words":3}', MOOD]);
  await using scope = scopeAt(server);
  const model = compatible("other", { baseUrl: server.baseUrl });
  const changed = assess
    .with({ count: { strategy: () => chainOfThought(Count) } })
    .with({ count: { model }, feel: {} });
  const prediction = await changed.run(INPUT, scope);
  assert.deepEqual(byName(prediction.diagnostics).count, { reasoning: "Many." });
  assert.deepEqual(server.requests().map(({ body }) => body.model), ["other", "test-model"]);
});

Deno.test("with() refuses a call that the workflow does not have, with the ones that it has", () => {
  for (const name of ["cuont", "toString"]) {
    assert.throws(() => assess.with({ [name]: {} }), { name: "RangeError", message: /only: count, feel/ });
  }
});

Deno.test("describe() of a workflow changes with everything that changes what it does", () => {
  const baseUrl = "http://127.0.0.1:1/v1";
  const body = async (_input: { text: string }) =>
    await Promise.resolve({ long: true, mood: "bad" as const });
  const calls = { count: predict(Count) };
  const Other = signature({
    name: "verdict",
    instructions: "",
    input: Text,
    output: { long: z.boolean().describe("x"), mood: z.enum(["good", "bad"]) },
  });
  const variants: Program<{ text: string }, { long: boolean; mood: "good" | "bad" }>[] = [
    assess,
    assess.with({ count: { strategy: () => chainOfThought(Count) } }),
    assess.with({ feel: { strategy: () => chainOfThought(Mood) } }),
    assess.with({ count: { strategy: () => predict(Count, { corrections: 2 }) } }),
    assess.with({ count: { model: compatible("m", { baseUrl }) } }),
    assess.with({ feel: { model: compatible("m", { baseUrl }) } }),
    assess.with({ count: { model: compatible("n", { baseUrl }) } }),
    assess.with({ count: { model: compatible("m", { baseUrl, temperature: 0 }) } }),
    assess.with({ count: { model: compatible("m", { baseUrl, structure: "plain" }) } }),
    assessAtOnce,
    workflow("w", { signature: Verdict, calls, body }),
    workflow("v", { signature: Verdict, calls, body }),
    workflow("w", { signature: Verdict, calls, body: async () => await body(INPUT) }),
    workflow("w", { signature: Other, calls, body }),
    workflow("w", { signature: Verdict, calls: { count: predict(Count, { maxTokens: 9 }) }, body }),
    workflow("w", { signature: Verdict, calls: { tally: predict(Count) }, body }),
    workflow("w", { signature: Verdict, calls: { ...calls, feel: predict(Mood) }, body }),
  ];
  const versions = variants.map((program) => digest(program.describe()));
  assert.equal(new Set(versions).size, variants.length);
});

Deno.test("describe() of a workflow is stable: made again, run, assigned nothing, or declared in another order", async () => {
  const make = (calls: Record<string, Program>) =>
    workflow("w", {
      signature: Mood,
      calls,
      body: (input, call) => call("feel", input) as Promise<{ mood: "good" | "bad" }>,
    });
  const count = predict(Count);
  const feel = predict(Mood);
  const version = digest(make({ count, feel }).describe());
  assert.equal(digest(make({ count, feel }).describe()), version);
  assert.equal(digest(make({ feel, count }).describe()), version);
  assert.equal(digest(make({ count, feel }).with({}).describe()), version);
  assert.equal(digest(make({ count, feel }).with({ count: {} }).describe()), version);
  const price = { inputPerMillion: 1, cachedInputPerMillion: 1, outputPerMillion: 1, source: "s", asOf: "d" };
  const baseUrl = "http://127.0.0.1:1/v1";
  const [plain, priced] = [{}, { price, concurrency: 1 }].map((options) =>
    digest(make({ feel }).with({ feel: { model: compatible("m", { baseUrl, ...options }) } }).describe())
  );
  assert.equal(plain, priced);
  const program = make({ count, feel });
  await using server = await answering([MOOD]);
  await using scope = scopeAt(server);
  await program.run(INPUT, scope);
  assert.equal(digest(program.describe()), version);
  assert.deepEqual(JSON.parse(JSON.stringify(program.describe())), program.describe());
});
