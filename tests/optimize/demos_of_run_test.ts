import type { Step } from "@lib/program/mod.ts";
import { demosOfRun } from "@lib/optimize/demos_of_run.ts";
import type { CaseRun } from "@lib/optimize/mod.ts";
import { image, signature } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { z } from "zod";
import { caseOf, Colour, truthOf } from "./_setting.ts";

const Warmth = signature({
  name: "warmth",
  instructions: "",
  input: { colour: z.string() },
  output: { warm: z.boolean() },
});

const ok = (
  of: Step["signature"],
  path: string[],
  output: unknown,
  input: Step["input"] = { thing: "thing0" },
): Step => ({
  signature: of,
  input,
  path,
  parsed: { status: "ok", output },
});

function run(steps: Step[], diagnostics: Record<string, unknown> = {}, output = truthOf(0)): CaseRun {
  return {
    case: caseOf(0, "train", { group: "g", session: "s", at: "2026-01-01T00:00:00Z" }),
    prediction: { status: "ok", output, diagnostics, calls: [] },
    score: { category: "correct", fields: {}, metrics: {} },
    steps,
    cost: { calls: 0, inputTokens: 0, outputTokens: 0, usd: 0 },
  };
}

const record = (name: string, output: unknown, diagnostics = {}) => ({
  name,
  status: "ok",
  output,
  diagnostics,
});

Deno.test("demosOfRun() keeps all that the reply held, and where the case is from", () => {
  const output = { reasoning: "Engines are red.", ...truthOf(0) };
  const demos = demosOfRun(run([ok(Colour, [], output)]));
  assert.deepEqual(demos.get("colour"), {
    from: "bootstrapped",
    case: { id: "t0", group: "g", session: "s", at: "2026-01-01T00:00:00Z" },
    input: { thing: "thing0" },
    output,
  });
});

Deno.test("demosOfRun() takes the reply that could be read, not those that were corrected", () => {
  const bad: Step = { ...ok(Colour, [], {}), parsed: { status: "format", path: "", reason: "no JSON" } };
  const demos = demosOfRun(run([bad, ok(Colour, ["correction 1"], truthOf(0))]));
  assert.deepEqual(demos.get("colour")?.output, truthOf(0));
});

Deno.test("demosOfRun() takes of several samples the first by its place that agrees with the result", () => {
  const lost = { colour: "blue", warm: false };
  const steps = [
    ok(Colour, ["sample 2"], { reasoning: "third", ...truthOf(0) }),
    ok(Colour, ["sample 0"], { reasoning: "first", ...lost }),
    ok(Colour, ["sample 1"], { reasoning: "second", ...truthOf(0) }),
  ];
  for (const order of [steps, steps.toReversed()]) {
    assert.equal(demosOfRun(run(order)).get("colour")?.output.reasoning, "second");
  }
});

Deno.test("demosOfRun() makes none where no reply stands for the result", () => {
  assert.equal(demosOfRun(run([ok(Colour, [], { colour: "blue", warm: true })])).size, 0);
  assert.equal(
    demosOfRun(run([ok(Warmth, ["sample 0", "warmth"], { warm: true })])).size,
    0,
    "a part of a vote",
  );
});

Deno.test("demosOfRun() matches the calls of a workflow by their own results, nested ones and voted ones too", () => {
  const steps = [
    ok(Warmth, ["outer", "inner", "sample 0"], { warm: false }, { colour: "red" }),
    ok(Warmth, ["outer", "inner", "sample 1"], { warm: true }, { colour: "red" }),
  ];
  const diagnostics = { calls: [record("outer", truthOf(0), { calls: [record("inner", { warm: true })] })] };
  const demo = demosOfRun(run(steps, diagnostics)).get("warmth");
  assert.deepEqual(demo?.output, { warm: true });
  assert.deepEqual(demo?.case.input, { thing: "thing0" });
});

Deno.test("demosOfRun() keeps one example of a call that is made several times", () => {
  const steps = [1, 2, 3].map((n) => ok(Warmth, ["check"], { warm: n > 1 }, { colour: `c${n}` }));
  const diagnostics = { calls: [false, true, true].map((warm) => record("check", { warm })) };
  const first = demosOfRun(run(steps, diagnostics)).get("warmth");
  assert.deepEqual([first?.input, first?.output], [{ colour: "c1" }, { warm: false }]);
  assert.deepEqual(demosOfRun(run(steps.toReversed(), diagnostics)).get("warmth"), first);
});

Deno.test("demosOfRun() makes no example of a picture, as an artifact holds no bytes", () => {
  const Picture = signature({
    name: "p",
    instructions: "",
    input: { picture: image() },
    output: { warm: z.boolean() },
  });
  const link = { picture: { kind: "link", url: "https://example.org/a.png" } };
  assert.equal(demosOfRun(run([ok(Picture, [], { warm: true }, link)], {}, { warm: true })).size, 0);
});
