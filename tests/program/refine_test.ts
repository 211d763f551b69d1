import { predict, refine } from "@lib/program/mod.ts";
import { signature } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { z } from "zod";
import { lastUserText } from "../servers/chat_server.ts";
import { answering, scopeAt } from "./_scope.ts";

const Slogan = signature({
  name: "slogan",
  instructions: "",
  input: { topic: z.string() },
  output: { text: z.string() },
});
const INPUT = { topic: "tea" };
const say = (text: string) => JSON.stringify({ text });
const once = predict(Slogan, { corrections: 0 });
const check = ({ text }: { text: string }) => text.length > 5 ? "longer than 5 letters" : undefined;

Deno.test("refine() makes one call when the check finds nothing", async () => {
  await using server = await answering([say("short")]);
  await using scope = scopeAt(server);
  const prediction = await refine(once, { check }).run(INPUT, scope);
  assert(prediction.status === "ok");
  assert.deepEqual(prediction.diagnostics, { attempts: [{ status: "ok", output: { text: "short" } }] });
  assert.equal(server.stats().total, 1);
});

Deno.test("refine() feeds the output and its fault back, and keeps every attempt", async () => {
  await using server = await answering([say("far too long"), say("short")]);
  await using scope = scopeAt(server);
  const prediction = await refine(once, { check }).run(INPUT, scope);
  assert(prediction.status === "ok");
  assert.deepEqual(prediction.output, { text: "short" });
  const [first, second] = server.requests();
  assert.equal(lastUserText(first!), "<topic>\ntea\n</topic>");
  assert.equal(
    lastUserText(second!),
    "<context>\nYour last answer to this, and what is wrong with it\n" +
      '{"text":"far too long"}\nFault: longer than 5 letters\n</context>\n\n<topic>\ntea\n</topic>',
  );
  assert.deepEqual(prediction.diagnostics.attempts, [
    { status: "ok", output: { text: "far too long" }, fault: "longer than 5 letters" },
    { status: "ok", output: { text: "short" } },
  ]);
  assert.equal(prediction.calls.length, 2);
});

Deno.test("refine() feeds an unusable reply back too", async () => {
  await using server = await answering(["nothing", say("short")]);
  await using scope = scopeAt(server);
  const prediction = await refine(once, { check }).run(INPUT, scope);
  assert.equal(prediction.status, "ok");
  assert.match(
    lastUserText(server.requests()[1]!),
    /It could not be used\.\nFault: no JSON object in the reply/,
  );
});

Deno.test("refine() ends with the last output and names the fault that is left", async () => {
  await using server = await answering([], say("always long"));
  await using scope = scopeAt(server);
  const program = refine(once, { check, attempts: 2 });
  for (const total of [2, 4]) {
    const prediction = await program.run(INPUT, scope);
    assert(prediction.status === "ok");
    assert.equal(prediction.diagnostics.unresolved, "longer than 5 letters");
    assert.equal(server.stats().total, total);
  }
});

Deno.test("refine() does not ask a model to mend a fault of its endpoint", async () => {
  await using server = await answering([{ kind: "status", status: 500 }]);
  await using scope = scopeAt(server);
  const prediction = await refine(once, { check }).run(INPUT, scope);
  assert(prediction.status === "failed");
  assert.equal(prediction.failure.kind, "server");
  assert.equal(server.stats().total, 1);
});

Deno.test("refine() throws a RangeError when attempts is no count", () => {
  assert.throws(() => refine(once, { check, attempts: 0 }), RangeError);
});
