import { digest } from "@lib/io/mod.ts";
import { chainOfThought, predict } from "@lib/program/mod.ts";
import { inlineInstructions, signature } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { z } from "zod";
import { answering, Capital, FRANCE, PARIS, PARIS_TEXT, scopeAt } from "./_scope.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const REASONED = JSON.stringify({ reasoning: "It is Paris.", ...PARIS });

Deno.test("chainOfThought() keeps the reasoning in the diagnostics and out of the output", async () => {
  await using server = await answering([REASONED]);
  await using scope = scopeAt(server);
  const prediction = await chainOfThought(Capital).run(FRANCE, scope);
  assert(prediction.status === "ok");
  assert.deepEqual(prediction.output, PARIS);
  assert.deepEqual(prediction.diagnostics, { reasoning: "It is Paris." });
  assert.equal(prediction.calls.length, 1);
  assert.deepEqual(prediction.calls[0]?.path, ["case"]);
});

Deno.test("chainOfThought() asks for the reasoning before every other field, in schema and prompt", async () => {
  await using server = await answering([REASONED]);
  await using scope = scopeAt(server);
  await chainOfThought(Capital, { reasoning: "Think of maps" }).run(FRANCE, scope);
  const { messages, response_format, max_tokens } = server.requests()[0]!.body;
  assert(response_format?.type === "json_schema");
  const schema = response_format.json_schema.schema as { properties: object; required: string[] };
  assert.deepEqual(Object.keys(schema.properties), ["reasoning", "continent", "city"]);
  assert.deepEqual(schema.required, ["reasoning", "continent", "city"]);
  const system = String(messages[0]?.content);
  assert.match(system, /reasoning \(text\): Think of maps/);
  assert(system.indexOf("- reasoning") < system.indexOf("- continent"));
  assert.equal(max_tokens, 512);
});

Deno.test("chainOfThought() never shares a reply with predict()", async () => {
  await using server = await answering([REASONED]);
  await using scope = scopeAt(server);
  const options = { maxTokens: 512 };
  const [thinking] = (await chainOfThought(Capital, options).run(FRANCE, scope)).calls;
  const [direct] = (await predict(Capital, options).run(FRANCE, scope)).calls;
  assert.notEqual(thinking?.key, direct?.key);
});

Deno.test("chainOfThought() takes the scope's instructions for its signature", async () => {
  await using server = await answering([REASONED]);
  await using scope = scopeAt(server, { prompts: { capital: inlineInstructions("Say it.") } });
  await chainOfThought(Capital).run(FRANCE, scope);
  assert(String(server.requests()[0]!.body.messages[0]!.content).startsWith("Say it.\n"));
});

Deno.test("chainOfThought() has a reply without reasoning corrected, by the name of that field", async () => {
  await using server = await answering([PARIS_TEXT, REASONED]);
  await using scope = scopeAt(server);
  const prediction = await chainOfThought(Capital).run(FRANCE, scope);
  assert(prediction.status === "ok");
  assert.deepEqual(prediction.diagnostics, { corrections: 1, reasoning: "It is Paris." });
  assert.match(
    String(server.requests()[1]!.body.messages.at(-1)?.content),
    /The field `reasoning` is not usable/,
  );
  assert.deepEqual(prediction.calls.map(({ path }) => path), [["case"], ["case", "correction 1"]]);
});

Deno.test("chainOfThought() passes failures and options on", async () => {
  await using server = await answering([], { kind: "length", content: '{"reasoning":"It is' });
  await using scope = scopeAt(server);
  const prediction = await chainOfThought(Capital, { maxTokens: 9, temperature: 0 }).run(FRANCE, scope);
  assert(prediction.status === "failed");
  assert.equal(prediction.failure.kind, "truncated");
  assert.deepEqual(prediction.diagnostics, {});
  const { max_tokens, temperature } = server.requests()[0]!.body;
  assert.deepEqual([max_tokens, temperature], [9, 0]);
});

Deno.test("chainOfThought() refuses a signature that has a field named reasoning", () => {
  const Clash = signature({ name: "c", instructions: "", input: {}, output: { reasoning: z.string() } });
  assert.throws(() => chainOfThought(Clash), { name: "RangeError", message: /"reasoning"/ });
});

Deno.test("chainOfThought() describe() changes with its options, and not with how often it is made", () => {
  const programs = [
    predict(Capital, { maxTokens: 512 }),
    chainOfThought(Capital),
    chainOfThought(Capital, { reasoning: "Think of maps" }),
    chainOfThought(Capital, { corrections: 0 }),
    chainOfThought(Capital, { maxTokens: 100 }),
  ];
  assert.equal(new Set(programs.map((program) => digest(program.describe()))).size, programs.length);
  assert.equal(digest(chainOfThought(Capital).describe()), digest(chainOfThought(Capital).describe()));
  assert.equal(chainOfThought(Capital).signature, Capital);
  assert.equal(chainOfThought(Capital).describe().signature, Capital.digest);
});
