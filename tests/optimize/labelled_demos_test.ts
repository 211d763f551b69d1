import { labelledDemo } from "@lib/optimize/labelled_demos.ts";
import { prependOutput, signature, unscored } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { z } from "zod";
import { caseOf, Colour, truthOf } from "./_setting.ts";

const entry = caseOf(0, "train");

Deno.test("labelledDemo() shows the truth of a case", () => {
  assert.deepEqual(labelledDemo(Colour, entry), {
    from: "labelled",
    case: { id: "t0" },
    input: { thing: "thing0" },
    output: truthOf(0),
  });
});

Deno.test("labelledDemo() takes inputs of a later call from the truth, and keeps the case's input beside it", () => {
  const Warmth = signature({
    name: "warmth",
    instructions: "",
    input: { colour: z.enum(["red", "blue"]) },
    output: { warm: z.boolean() },
  });
  assert.deepEqual(labelledDemo(Warmth, entry), {
    from: "labelled",
    case: { id: "t0", input: { thing: "thing0" } },
    input: { colour: "red" },
    output: { warm: true },
  });
});

Deno.test("labelledDemo() makes none where an output has no truth: reasoning, a field of its own, an unscored one", () => {
  const reasoned = prependOutput(Colour, { reasoning: z.string() });
  const other = signature({
    name: "o",
    instructions: "",
    input: { thing: z.string() },
    output: { size: z.number() },
  });
  const sure = signature({
    name: "s",
    instructions: "",
    input: { thing: z.string() },
    output: { warm: z.boolean(), confidence: unscored(z.number()) },
  });
  for (const  of of[reasoned, other, sure]) assert.equal(labelledDemo(of, entry), undefined, of.name);
});

Deno.test("labelledDemo() makes none of a field of the same name and another type", () => {
  const Count = signature({
    name: "c",
    instructions: "",
    input: { thing: z.string() },
    output: { warm: z.number() },
  });
  const From = signature({
    name: "f",
    instructions: "",
    input: { colour: z.number() },
    output: { warm: z.boolean() },
  });
  for (const  of of[Count, From]) assert.equal(labelledDemo(of, entry), undefined, of.name);
});
