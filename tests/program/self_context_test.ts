import {
  type CaseContext,
  derived,
  type EarlierCase,
  LeakError,
  predict,
  priorOutputs,
  selfContext,
  userState,
  workflow,
  workflowHistory,
} from "@lib/program/mod.ts";
import { signature } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { z } from "zod";
import { lastUserText } from "../servers/chat_server.ts";
import { answering, scopeAt } from "./_scope.ts";

const Mood = signature({
  name: "mood",
  instructions: "",
  input: { text: z.string() },
  output: { mood: z.enum(["good", "bad"]) },
});
const GOOD = '{"mood":"good"}';
const once = predict(Mood, { corrections: 0 });
const INPUT = { text: "third" };

const earlier: readonly EarlierCase[] = Object.freeze([
  { id: "c1", input: { text: "first" }, output: { mood: "bad" }, expected: { mood: "good" } },
  { id: "c2", input: { text: "second" }, expected: { mood: "bad" } },
]);
const under: CaseContext = {
  id: "c3",
  input: INPUT,
  session: "s1",
  state: { tier: "gold", age: 4 },
  earlier,
};

/** The user message that a program sends for the third case of a session. */
async function sent(
  program: Parameters<typeof selfContext>[0],
  context: CaseContext = under,
): Promise<string> {
  await using server = await answering([], GOOD);
  await using scope = scopeAt(server, { case: context });
  await program.run(INPUT, scope);
  return lastUserText(server.requests()[0]!);
}

Deno.test("priorOutputs() shows earlier cases with what was answered, oldest first", async () => {
  assert.equal(
    await sent(selfContext(once, { sources: [priorOutputs()] })),
    '<context>\nEarlier message 1 of the same customer\ntext: first\nanswered: {"mood":"bad"}\n</context>\n\n' +
      "<context>\nEarlier message 2 of the same customer\ntext: second\nnot answered\n</context>\n\n" +
      "<text>\nthird\n</text>",
  );
});

Deno.test("priorOutputs() shows a truth only once it would be known", async () => {
  const late = await sent(selfContext(once, { sources: [priorOutputs({ truthAfter: 2 })] }));
  assert.match(late, /first\nright answer: {"mood":"good"}/);
  assert.match(late, /second\nnot answered/);
  const soon = await sent(selfContext(once, { sources: [priorOutputs({ truthAfter: 1 })] }));
  assert.match(soon, /second\nright answer: {"mood":"bad"}/);
});

Deno.test("priorOutputs() keeps to the last cases and the named inputs", async () => {
  const text = await sent(selfContext(once, { sources: [priorOutputs({ last: 1, inputs: [] })] }));
  assert.equal(
    text,
    "<context>\nEarlier message 2 of the same customer\nnot answered\n</context>\n\n<text>\nthird\n</text>",
  );
});

Deno.test("priorOutputs() throws a RangeError for a number that is no count", () => {
  assert.throws(() => priorOutputs({ last: 0 }), RangeError);
  assert.throws(() => priorOutputs({ truthAfter: 0 }), RangeError);
});

Deno.test("userState() shows fields of the case that the signature does not have, and leaves out unknown ones", async () => {
  assert.equal(
    await sent(selfContext(once, { sources: [userState("tier", "age", "constructor", "city")] })),
    "<context>\nAbout the customer\ntier: gold\nage: 4\n</context>\n\n<text>\nthird\n</text>",
  );
  assert.equal(await sent(selfContext(once, { sources: [userState("city")] })), "<text>\nthird\n</text>");
});

Deno.test("workflowHistory() shows the outputs of the calls before", async () => {
  const twice = workflow("twice", {
    signature: Mood,
    calls: { first: once, second: selfContext(once, { sources: [workflowHistory()] }) },
    body: async (input, call) => {
      await call("first", input);
      return await call("second", input);
    },
  });
  await using server = await answering([], GOOD);
  await using scope = scopeAt(server);
  await twice.run(INPUT, scope);
  const [first, second] = server.requests().map(lastUserText);
  assert.equal(first, "<text>\nthird\n</text>");
  assert.equal(second, `<context>\nResult of the step first\n${GOOD}\n</context>\n\n<text>\nthird\n</text>`);
});

Deno.test("derived() shows what a pure function makes of the input, and nothing for undefined", async () => {
  const length = derived("Length", ({ text }: { text: string }) => text === "third" ? 5 : undefined);
  assert.equal(
    await sent(selfContext(once, { sources: [length] })),
    "<context>\nLength\n5\n</context>\n\n<text>\nthird\n</text>",
  );
  const none = derived("None", () => undefined);
  assert.equal(await sent(selfContext(once, { sources: [none] })), "<text>\nthird\n</text>");
});

Deno.test("derived() shows what another program answers, counts its call, and fails as it fails", async () => {
  await using server = await answering(['{"mood":"bad"}', GOOD, "nothing"]);
  await using scope = scopeAt(server, { case: under });
  const program = selfContext(once, { sources: [derived("First guess", once)] });
  assert.deepEqual(program.forecast().calls, { least: 2, most: 2 });
  const prediction = await program.run(INPUT, scope);
  assert.equal(prediction.status, "ok");
  assert.deepEqual(prediction.calls.map(({ path }) => path), [["case", "derived First guess"], ["case"]]);
  assert.match(lastUserText(server.requests()[1]!), /First guess\n{"mood":"bad"}/);
  const failed = await program.run(INPUT, scope);
  assert(failed.status === "failed");
  assert.equal(failed.failure.message, "derived First guess: no JSON object in the reply");
  assert.equal(failed.failure.kind, "format");
  assert.equal(failed.calls.length, 1);
});

Deno.test("selfContext() tells by source, title, size and case what was put in", async () => {
  await using server = await answering([], GOOD);
  await using scope = scopeAt(server, { case: under });
  const { diagnostics } = await selfContext(once, { sources: [userState("tier"), priorOutputs({ last: 1 })] })
    .run(INPUT, scope);
  assert.deepEqual(diagnostics.context, {
    blocks: [
      { source: "userState", title: "About the customer", characters: 29 },
      {
        source: "priorOutputs",
        title: "Earlier message 2 of the same customer",
        characters: 64,
        ids: ["c2"],
      },
    ],
    dropped: 0,
  });
});

Deno.test("selfContext() drops whole blocks of the last source first, the first block first", async () => {
  const blocks = (name: string, texts: string[]) => ({
    name,
    describe: () => ({}),
    gather: () => ({ status: "ok" as const, blocks: texts.map((text) => ({ title: name, text })) }),
  });
  const sources = [blocks("a", ["111"]), blocks("b", ["2".repeat(50), "3", "4"])];
  const text = await sent(selfContext(once, { sources, maxCharacters: 11 }));
  assert.equal(
    text,
    "<context>\na\n111\n</context>\n\n<context>\nb\n3\n</context>\n\n<context>\nb\n4\n</context>\n\n<text>\nthird\n</text>",
  );
  assert.equal(
    await sent(selfContext(once, { sources, maxCharacters: 8 })),
    "<context>\na\n111\n</context>\n\n<context>\nb\n4\n</context>\n\n<text>\nthird\n</text>",
  );
});

Deno.test("selfContext() nests: the context of the outer one stands first", async () => {
  const inner = selfContext(once, { sources: [userState("age")] });
  assert.equal(
    await sent(selfContext(inner, { sources: [userState("tier")] })),
    "<context>\nAbout the customer\ntier: gold\n</context>\n\n" +
      "<context>\nAbout the customer\nage: 4\n</context>\n\n<text>\nthird\n</text>",
  );
});

Deno.test("selfContext() refuses a source that shows the case under test, naming both ids", async () => {
  const leaky = (origin: { id: string; at?: string }) => ({
    name: "leaky",
    describe: () => ({}),
    gather: () => ({
      status: "ok" as const,
      blocks: [{ title: "t", text: "x", origins: [{ input: { text: "else" }, ...origin }] }],
    }),
  });
  const attempt = (origin: { id: string; at?: string; session?: string; group?: string }, context = under) =>
    sent(selfContext(once, { sources: [leaky(origin)] }), context);
  await assert.rejects(
    attempt({ id: "c3" }),
    (error) => error instanceof LeakError && /c3/.test(error.message),
  );
  await assert.rejects(attempt({ id: "z9", session: "s1" }), /c3.*z9/s);
  await assert.rejects(attempt({ id: "z9", group: "g" }, { ...under, group: "g" }), /group g/);
  await assert.rejects(attempt({ id: "z9", at: "2026-05-02" }, { ...under, at: "2026-05-01" }), /later/);
  await attempt({ id: "c1", session: "s1" }); // earlier in its own session
  await attempt({ id: "z9", at: "2026-05-01" }, { ...under, at: "2026-05-01" });
});

Deno.test("selfContext() throws a RangeError for no source and for a limit that is no count", () => {
  assert.throws(() => selfContext(once, { sources: [] }), RangeError);
  assert.throws(() => selfContext(once, { sources: [userState("a")], maxCharacters: 0 }), RangeError);
});
