import { chainOfThought, predict, type Program, type Step, workflow } from "@lib/program/mod.ts";
import assert from "node:assert/strict";
import { answering, Capital, FRANCE, PARIS, PARIS_TEXT, scopeAt } from "./_scope.ts";

Deno.test.sanitizer({ ops: true, resources: true });

async function stepsOf(program: Program, answers: Parameters<typeof answering>[0]): Promise<Step[]> {
  await using server = await answering(answers);
  const steps: Step[] = [];
  await using scope = scopeAt(server, { path: [], onStep: (step) => void steps.push(step) });
  await program.run(FRANCE, scope);
  return steps;
}

Deno.test("predict() tells the scope of each reply that it read, faulty ones included", async () => {
  const steps = await stepsOf(predict(Capital), ["no JSON", PARIS_TEXT]);
  assert.deepEqual(steps.map(({ path, parsed }) => [path, parsed.status]), [[[], "format"], [
    ["correction 1"],
    "ok",
  ]]);
  assert.deepEqual(
    steps.map(({ input, signature }) => [input, signature.name]),
    Array(2).fill([FRANCE, "capital"]),
  );
});

Deno.test("predict() tells of no reply where there was none", async () => {
  assert.deepEqual(
    await stepsOf(predict(Capital), [{ kind: "status", status: 400 }]),
    [],
  );
});

Deno.test("chainOfThought() tells of the reasoning as it was read", async () => {
  const reasoned = { reasoning: "It is Paris.", ...PARIS };
  const [step] = await stepsOf(chainOfThought(Capital), [JSON.stringify(reasoned)]);
  assert.deepEqual(step?.parsed, { status: "ok", output: reasoned });
  assert.deepEqual(step?.signature.output.map(({ name }) => name), ["reasoning", "continent", "city"]);
});

Deno.test("workflow() lets every named call tell of its replies under its name", async () => {
  const twice = workflow("twice", {
    signature: Capital,
    calls: { first: predict(Capital), second: predict(Capital) },
    body: async (input, call) => {
      await call("first", input);
      return await call("second", input);
    },
  });
  const steps = await stepsOf(twice, []);
  assert.deepEqual(steps.map(({ path }) => path), [["first"], ["second"]]);
});
