import { percent, prependOutput, scoredFields, signature, unscored } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { z } from "zod";

const City = signature({
  name: "city",
  instructions: "",
  input: { country: z.string() },
  output: { city: z.string(), confidence: unscored(z.number().min(0).max(1)).describe("How sure") },
});

Deno.test("unscored() keeps a field in what a model is asked for, and out of the truth", () => {
  assert.deepEqual(City.jsonSchema.required, ["city", "confidence"]);
  assert.deepEqual(scoredFields(City).map(({ name }) => name), ["city"]);
  assert.deepEqual(City.truthSchema.parse({ city: "Paris" }), { city: "Paris" });
  assert.equal(City.outputSchema.safeParse({ city: "Paris" }).success, false);
  assert.equal(City.output[1]?.description, "How sure");
});

Deno.test("unscored() keeps how a field is compared, for votes", () => {
  const { output } = prependOutput(City, { share: unscored(percent({ within: 5 }).nullable()) });
  assert.deepEqual(output[0]?.compare, { by: "percent", abs: 5 });
  assert.equal(output[0]?.unscored, true);
});

Deno.test("signature() refuses outputs of which none is scored", () => {
  const define = () =>
    signature({ name: "x", instructions: "", input: {}, output: { sure: unscored(z.number()) } });
  assert.throws(define, /needs an output field that is scored[^]*unscored: sure/);
});

Deno.test("signature() counts in its digest whether a field is scored", () => {
  const [scored, not] = [z.number(), unscored(z.number())].map((sure) =>
    signature({ name: "x", instructions: "", input: {}, output: { city: z.string(), sure } }).digest
  );
  assert.notEqual(scored, not);
});
