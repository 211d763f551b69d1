import { digest } from "@lib/io/mod.ts";
import { predict, type PredictOptions } from "@lib/program/mod.ts";
import { renderMessages } from "@lib/prompt/mod.ts";
import { inlineInstructions } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import type { Behaviour, ChatRequest } from "../servers/chat_server.ts";
import { answering, Capital, FRANCE, PARIS, PARIS_TEXT, scopeAt } from "./_scope.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** The last user message of a request, and the assistant's message before it. */
function lastTurns(request: ChatRequest | undefined): string[] {
  return (request?.body.messages ?? []).slice(-2).map(({ role, content }) => `${role}: ${content}`);
}

Deno.test("predict() makes one call with the rendered messages and the strict schema", async () => {
  await using server = await answering([]);
  await using scope = scopeAt(server);
  const prediction = await predict(Capital).run(FRANCE, scope);
  assert(prediction.status === "ok");
  assert.deepEqual(prediction.output, PARIS);
  assert.deepEqual(prediction.diagnostics, {});
  assert.equal(prediction.calls.length, 1);
  assert.deepEqual(prediction.calls[0]?.path, ["case"]);
  assert.deepEqual(prediction.calls[0]?.messages, renderMessages(Capital, FRANCE));
  const [request, ...more] = server.requests();
  assert.deepEqual(more, []);
  assert.deepEqual(request?.body.messages, renderMessages(Capital, FRANCE));
  assert.deepEqual(request?.body.response_format, {
    type: "json_schema",
    json_schema: { name: "capital", schema: Capital.jsonSchema, strict: true },
  });
});

Deno.test("predict() passes token limit, temperature, rollout and seed on", async () => {
  await using server = await answering([]);
  await using scope = scopeAt(server, { rollout: 3, seed: 2 }, { spec: { temperature: 0.9 } });
  await predict(Capital, { maxTokens: 77, temperature: 0 }).run(FRANCE, scope);
  await predict(Capital).run(FRANCE, scope);
  const [first, second] = server.requests().map(({ body }) => body);
  assert.deepEqual([first?.max_tokens, first?.temperature, first?.seed], [77, 0, 2_000_009]);
  assert.deepEqual([second?.max_tokens, second?.temperature, second?.seed], [256, 0.9, 2_000_009]);
});

Deno.test("predict() takes the scope's instructions for its signature, and no others", async () => {
  await using server = await answering([]);
  const prompts = { capital: inlineInstructions("Say it."), other: inlineInstructions("Not this.") };
  await using scope = scopeAt(server, { prompts });
  await predict(Capital).run(FRANCE, scope);
  const { content } = server.requests()[0]!.body.messages[0]!;
  assert(String(content).startsWith("Say it.\n"));
  assert(!String(content).includes("Name the capital."));
});

const FAULTS: readonly (readonly [what: string, answer: string, path: string, turn: RegExp])[] = [
  [
    "an unknown label",
    '{"continent":"atlantis","city":"Paris"}',
    "continent",
    /^user: The field `continent` is not usable: .*"europe".*found "atlantis"/,
  ],
  [
    "a missing field",
    '{"continent":"europe"}',
    "city",
    /^user: The field `city` is not usable: .*found nothing/,
  ],
  [
    "a null",
    '{"continent":"europe","city":null}',
    "city",
    /^user: The field `city` is not usable: .*found null/,
  ],
  [
    "a number for a text",
    '{"continent":"europe","city":75}',
    "city",
    /^user: The field `city` is not usable: .*found 75/,
  ],
  ["no JSON", "Paris", "", /^user: The reply is not usable: no JSON object in the reply/],
  [
    "two answers",
    `${PARIS_TEXT} or {"continent":"asia","city":"Paris"}`,
    "",
    /^user: The reply is not usable: 2 different JSON objects/,
  ],
];

for (const [what, answer, path, turn] of FAULTS) {
  Deno.test(`predict() shows the model its reply and names field and fault when there is ${what}`, async () => {
    await using server = await answering([answer]);
    await using scope = scopeAt(server);
    const prediction = await predict(Capital).run(FRANCE, scope);
    assert(prediction.status === "ok");
    assert.deepEqual(prediction.output, PARIS);
    assert.deepEqual(prediction.diagnostics, { corrections: 1 });
    const [assistant, user] = lastTurns(server.requests()[1]);
    assert.equal(assistant, `assistant: ${answer}`);
    assert.match(user ?? "", turn);
  });

  Deno.test(`predict() fails with field and fault when there is ${what} and corrections is 0`, async () => {
    await using server = await answering([answer]);
    await using scope = scopeAt(server);
    const prediction = await predict(Capital, { corrections: 0 }).run(FRANCE, scope);
    assert(prediction.status === "failed");
    assert.equal(prediction.failure.kind, "format");
    assert.equal(prediction.failure.path, path);
    assert.deepEqual(prediction.diagnostics, {});
    assert.equal(server.stats().total, 1);
  });
}

for (const corrections of [0, 1, 3]) {
  Deno.test(`predict() makes exactly ${corrections} further turns when a fault lasts and corrections is ${corrections}`, async () => {
    const bad = Array.from({ length: 5 }, (_, index) => `{"continent":"europe","city":${index}}`);
    await using server = await answering(bad);
    await using scope = scopeAt(server);
    const prediction = await predict(Capital, { corrections }).run(FRANCE, scope);
    assert(prediction.status === "failed");
    assert.equal(server.stats().total, corrections + 1);
    assert.deepEqual(
      prediction.calls.map(({ path }) => path),
      [["case"], ["case", "correction 1"], ["case", "correction 2"], ["case", "correction 3"]].slice(
        0,
        corrections + 1,
      ),
    );
    assert.equal(new Set(prediction.calls.map(({ key }) => key)).size, corrections + 1);
    assert.match(prediction.failure.message, new RegExp(`found ${corrections}$`));
    assert.deepEqual(prediction.diagnostics, corrections ? { corrections } : {});
    assert.equal(server.requests().at(-1)?.body.messages.length, 2 + 2 * corrections);
  });
}

Deno.test("predict() keeps all earlier turns in each correction, schema and limits included", async () => {
  await using server = await answering(["first", "second"]);
  await using scope = scopeAt(server);
  const prediction = await predict(Capital, { corrections: 2 }).run(FRANCE, scope);
  assert.equal(prediction.status, "ok");
  const [first, second, third] = server.requests().map(({ body }) => body);
  assert.deepEqual(second?.messages.slice(0, 2), first?.messages);
  assert.deepEqual(third?.messages.slice(0, 4), second?.messages);
  const rest = ({ messages: _, ...others }: ChatRequest["body"]) => others;
  assert.deepEqual(rest(third!), rest(first!));
  assert.deepEqual(prediction.calls.map(({ messages }) => messages.length), [2, 4, 6]);
});

const NOT_CORRECTED: readonly (readonly [string, Behaviour, string])[] = [
  ["truncated", { kind: "length", content: '{"continent":"europe","city":"Par' }, "truncated"],
  ["cut before any text", { kind: "reply", content: "", finishReason: "length" }, "truncated"],
  ["refused", { kind: "refusal", text: "I will not" }, "refused"],
  ["filtered", { kind: "reply", content: "{", finishReason: "content_filter" }, "refused"],
  ["null", { kind: "null_content" }, "empty"],
  ["blank", { kind: "reply", content: " \n" }, "empty"],
];

for (const [what, behaviour, kind] of NOT_CORRECTED) {
  Deno.test(`predict() does not correct a reply that is ${what}: it fails as ${kind}`, async () => {
    await using server = await answering([], behaviour);
    await using scope = scopeAt(server);
    const prediction = await predict(Capital, { corrections: 3 }).run(FRANCE, scope);
    assert(prediction.status === "failed");
    assert.equal(prediction.failure.kind, kind);
    assert.equal(prediction.failure.path, undefined);
    assert.equal(prediction.calls.length, 1);
    assert.equal(server.stats().total, 1);
  });

  Deno.test(`predict() stops correcting when a correction is ${what}`, async () => {
    await using server = await answering(["bad"], behaviour);
    await using scope = scopeAt(server);
    const prediction = await predict(Capital, { corrections: 3 }).run(FRANCE, scope);
    assert(prediction.status === "failed");
    assert.equal(prediction.failure.kind, kind);
    assert.equal(prediction.calls.length, 2);
    assert.equal(server.stats().total, 2);
  });
}

Deno.test("predict() keeps a refusal's text and a fault's message in the failure", async () => {
  await using server = await answering([{ kind: "refusal", text: "I will not" }, {
    kind: "status",
    status: 400,
  }]);
  await using scope = scopeAt(server);
  const failures = [];
  for (const _ of [1, 2]) {
    const prediction = await predict(Capital).run(FRANCE, scope);
    if (prediction.status === "failed") failures.push(prediction.failure);
  }
  assert.deepEqual(failures, [
    { kind: "refused", message: "I will not" },
    { kind: "bad_request", message: "HTTP 400 The server answered with status 400" },
  ]);
});

Deno.test("predict() fails with the provider's kind and keeps all calls when a correction meets a fault", async () => {
  await using server = await answering(["bad", { kind: "status", status: 503 }]);
  await using scope = scopeAt(server);
  const prediction = await predict(Capital, { corrections: 3 }).run(FRANCE, scope);
  assert(prediction.status === "failed");
  assert.equal(prediction.failure.kind, "server");
  assert.deepEqual(prediction.calls.map(({ result }) => result.ok), [true, false]);
  assert.equal(server.stats().total, 2);
});

Deno.test("predict() accepts a cut reply whose JSON is whole", async () => {
  await using server = await answering([{ kind: "length", content: `${PARIS_TEXT} and more` }]);
  await using scope = scopeAt(server);
  const prediction = await predict(Capital).run(FRANCE, scope);
  assert.equal(prediction.status, "ok");
});

Deno.test("predict() drops members that the signature does not have", async () => {
  await using server = await answering(['{"continent":"europe","city":"Paris","river":"Seine"}']);
  await using scope = scopeAt(server);
  const prediction = await predict(Capital).run(FRANCE, scope);
  assert(prediction.status === "ok");
  assert.deepEqual(prediction.output, PARIS);
});

Deno.test("predict() rejects with the signal's reason when aborted in a correction, and asks no more", async () => {
  await using server = await answering(["bad"], { kind: "hang" });
  const controller = new AbortController();
  await using scope = scopeAt(server, { signal: controller.signal });
  const prediction = predict(Capital, { corrections: 3 }).run(FRANCE, scope);
  await server.waitFor(2);
  const reason = new Error("stopped by hand");
  controller.abort(reason);
  await assert.rejects(prediction, (error) => error === reason);
  assert.equal(server.stats().total, 2);
});

Deno.test("predict() rejects with what is not stored in mode replay: it invents no failure", async () => {
  await using server = await answering([]);
  await using scope = scopeAt(server, {}, { model: { mode: "replay" } });
  await assert.rejects(predict(Capital).run(FRANCE, scope), { name: "InputError" });
  assert.equal(server.stats().total, 0);
});

Deno.test("predict() refuses a number of corrections that is no count", () => {
  for (const corrections of [-1, 0.5, NaN, Infinity]) {
    assert.throws(() => predict(Capital, { corrections }), RangeError);
  }
});

Deno.test("predict() describe() changes with each option and with the signature, and with nothing else", () => {
  const version = (options?: PredictOptions) => digest(predict(Capital, options).describe());
  const versions = [{}, { corrections: 2 }, { maxTokens: 99 }, { temperature: 0 }, { temperature: 1 }].map(
    version,
  );
  assert.equal(new Set(versions).size, versions.length);
  assert.equal(version(), version({ corrections: 1, maxTokens: 256 }));
  assert.equal(predict(Capital).describe().signature, Capital.digest);
  assert.equal(predict(Capital).signature, Capital);
});
