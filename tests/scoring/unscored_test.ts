import { scoreCase, scoreTaskRows } from "@lib/scoring/mod.ts";
import { signature, unscored } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { z } from "zod";

const City = signature({
  name: "city",
  instructions: "",
  input: {},
  output: { city: z.string(), confidence: unscored(z.number().min(0).max(1)) },
});
type Output = { city: string; confidence: number };
const expected = { city: "Paris" } as Output; // a truth has no confidence
const rest = { diagnostics: {}, calls: [] };

Deno.test("scoreCase() leaves a field without a truth out of fields, category and metrics", () => {
  const score = (city: string) =>
    scoreCase(City, {
      input: {},
      expected,
      prediction: { status: "ok", output: { city, confidence: 0.1 }, ...rest },
    });
  assert.deepEqual(score("Paris").fields, { city: { outcome: "correct", score: 1 } });
  assert.equal(score("Paris").category, "correct");
  assert.deepEqual(score("Rome").metrics, { ...score("Rome").metrics, accuracy: 0, field_accuracy: 0 });
});

Deno.test("scoreCase() of a failed or abstained prediction names scored fields only", () => {
  const failure = { kind: "format", message: "confidence: too big" } as const;
  for (
    const prediction of [
      { status: "failed", failure, ...rest } as const,
      { status: "abstained", reason: "unsure", ...rest } as const,
    ]
  ) {
    assert.deepEqual(Object.keys(scoreCase(City, { input: {}, expected, prediction }).fields), ["city"]);
  }
});

Deno.test("scoreTaskRows() has no rate for a field without a truth", () => {
  const cases = [
    { id: "a", input: {}, expected, coverage: "common", split: "test", origin: "authored", line: 2 } as const,
  ];
  const rows = [{ id: "a", line: 1, output: { city: "Paris", confidence: 0.9 } }];
  const score = scoreTaskRows(rows, { signature: City, cases });
  assert.deepEqual([score.correct, score.total, Object.keys(score.fields ?? {})], [1, 1, ["city"]]);
});
