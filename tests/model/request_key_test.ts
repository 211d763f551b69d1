import {
  compatible,
  type CompatibleOptions,
  local,
  type ModelRequest,
  requestKey,
  samplingOf,
} from "@lib/model/mod.ts";
import { type Demo, renderMessages } from "@lib/prompt/mod.ts";
import { inlineInstructions, signature } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { z } from "zod";
import { ask } from "./_served_model.ts";

const BASE_URL = "http://127.0.0.1:1/v1";
const model = (changes: Partial<CompatibleOptions> = {}, name = "m") =>
  compatible(name, { baseUrl: BASE_URL, ...changes });

const Capital = signature({
  name: "capital",
  instructions: "Name the capital.",
  input: { country: z.string() },
  output: { city: z.string(), since: z.number() },
});
const INPUT = { country: "France" };
const request = (changes: Partial<ModelRequest> = {}): ModelRequest =>
  ask({
    messages: renderMessages(Capital, INPUT),
    schema: { name: Capital.name, schema: Capital.jsonSchema },
    ...changes,
  });
const schemaOf = (output: z.ZodRawShape) => ({
  name: "capital",
  schema: signature({ name: "capital", instructions: "", input: {}, output }).jsonSchema,
});

const demo = { input: { country: "Spain" }, output: { city: "Madrid", since: 1561 } };
const other = { input: { country: "Peru" }, output: { city: "Lima", since: 1535 } };
const withDemos = (...demos: Demo[]) =>
  requestKey(model(), request({ messages: renderMessages(Capital, INPUT, { demos }) }));
const DIFFERENT: readonly (readonly [string, string])[] = [
  ["model", requestKey(model({}, "other"), request())],
  ["endpoint", requestKey(model({ baseUrl: "http://127.0.0.1:2/v1" }), request())],
  ["kind of endpoint", requestKey(local("m"), request())],
  ["way of asking for JSON", requestKey(model({ structure: "json_object" }), request())],
  ["temperature of the model", requestKey(model({ temperature: 0 }), request())],
  ["temperature of the request", requestKey(model(), request({ temperature: 0.1 }))],
  ["nucleus", requestKey(model({ topP: 0.9 }), request())],
  ["token limit", requestKey(model(), request({ maxTokens: 65 }))],
  ["seed", requestKey(model(), request({ seed: 2 }))],
  ["whether the seed is sent", requestKey(model({ sendsSeed: false }), request())],
  ["rollout", requestKey(model(), request({ rollout: 1 }))],
  [
    "instructions",
    requestKey(
      model(),
      request({
        messages: renderMessages(Capital, INPUT, { instructions: inlineInstructions("Name it.") }),
      }),
    ),
  ],
  ["input", requestKey(model(), request({ messages: renderMessages(Capital, { country: "Spain" }) }))],
  ["demos", withDemos(demo)],
  ["number of demos", withDemos(demo, other)],
  ["order of demos", withDemos(other, demo)],
  [
    "context",
    requestKey(
      model(),
      request({ messages: renderMessages(Capital, INPUT, { context: [{ title: "Note", text: "x" }] }) }),
    ),
  ],
  [
    "role of a message",
    requestKey(
      model(),
      request({ messages: renderMessages(Capital, INPUT).map((message) => ({ ...message, role: "user" })) }),
    ),
  ],
  ["schema", requestKey(model(), request({ schema: schemaOf({ city: z.string(), since: z.string() }) }))],
  [
    "order of the schema's fields",
    requestKey(model(), request({ schema: schemaOf({ since: z.number(), city: z.string() }) })),
  ],
  [
    "description of a field",
    requestKey(model(), request({ schema: schemaOf({ city: z.string().describe("x"), since: z.number() }) })),
  ],
  ["name of the schema", requestKey(model(), request({ schema: { name: "x", schema: Capital.jsonSchema } }))],
  ["presence of a schema", requestKey(model(), ask({ messages: renderMessages(Capital, INPUT) }))],
];

const BASE_KEY = requestKey(model(), request());

for (const [what, key] of DIFFERENT) {
  Deno.test(`requestKey() differs when the ${what} differs`, () => assert.notEqual(key, BASE_KEY));
}

Deno.test("requestKey() differs between any two of these requests", () => {
  const keys = [BASE_KEY, ...DIFFERENT.map(([, key]) => key)];
  assert.equal(new Set(keys).size, keys.length);
});

Deno.test("requestKey() is a SHA-256 and equal for equal requests, whatever the order of their members", () => {
  assert.match(BASE_KEY, /^[0-9a-f]{64}$/);
  const reversed = Object.fromEntries(Object.entries(request()).reverse()) as unknown as ModelRequest;
  assert.equal(requestKey(model(), reversed), BASE_KEY);
});

Deno.test("requestKey() does not move text between messages or between role and content", () => {
  const keys = [
    [{ role: "user", content: "ab" }],
    [{ role: "user", content: "a" }, { role: "user", content: "b" }],
    [{ role: "user", content: "a\nb" }],
    [{ role: "user", content: 'a"],["user","b' }],
  ].map((messages) => requestKey(model(), ask({ messages: messages as ModelRequest["messages"] })));
  assert.equal(new Set(keys).size, keys.length);
});

Deno.test("requestKey() does not count what never reaches the model: price, concurrency, name of the key", () => {
  const price = { inputPerMillion: 1, cachedInputPerMillion: 1, outputPerMillion: 1, source: "s", asOf: "d" };
  const same = model({ price, concurrency: 1, apiKeyEnv: "K", tokenLimit: "max_completion_tokens" });
  assert.equal(requestKey(same, request()), BASE_KEY);
});

Deno.test("requestKey() does not count a schema that is not sent", () => {
  const plain = model({ structure: "plain" });
  assert.equal(
    requestKey(plain, request()),
    requestKey(plain, request({ schema: schemaOf({ x: z.string() }) })),
  );
});

Deno.test("requestKey() keeps its value, so that shipped recordings stay usable", () => {
  const schema = { name: "capital", schema: { type: "object", properties: { city: { type: "string" } } } };
  assert.equal(
    requestKey(local("qwen2.5-coder-0.5b"), ask({ schema })),
    "f006e91ea722ec5cf7c50d09cb5e3b94f98088156f845955edea48e5d6e1416b",
  );
});

Deno.test("samplingOf() gives every rollout of a run its own seed, and the same one each time", () => {
  const seeds = [0, 1, 2, 3].flatMap((rollout) =>
    [1, 2, 3].map((seed) => samplingOf(model(), ask({ rollout, seed })).seed)
  );
  assert.equal(new Set(seeds).size, 12);
  assert(seeds.every((seed) => Number.isInteger(seed) && seed! >= 0 && seed! < 2 ** 31));
  assert.equal(samplingOf(model(), ask()).seed, samplingOf(model(), ask()).seed);
});

Deno.test("samplingOf() takes an explicit temperature of 0 for 0", () => {
  assert.equal(samplingOf(model({ temperature: 0.7 }), ask({ temperature: 0 })).temperature, 0);
  assert.equal(samplingOf(model({ temperature: 0 }), ask()).temperature, 0);
  assert.equal(samplingOf(model({ temperature: 0.7 }), ask()).temperature, 0.7);
});
