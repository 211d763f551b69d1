import type { Failure, Prediction } from "@lib/program/mod.ts";
import {
  CATEGORIES,
  type Category,
  categoryOfFailure,
  INFRASTRUCTURE,
  METRICS,
  scoreCase,
  scoreField,
} from "@lib/scoring/mod.ts";
import { compare, describeField, percent, signature } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { z } from "zod";

const Refund = signature({
  name: "refund",
  instructions: "",
  input: { ticket: z.string() },
  output: {
    reason: z.enum(["late", "broken"]),
    order: compare(z.string().nullable(), { by: "exact", groundedIn: "ticket" }),
    share: percent().nullable(),
  },
});
type Output = { reason: "late" | "broken"; order: string | null; share: number | null };

const input = { ticket: "Order KT-11 and order KT-12 came late" };
const TRUTH: Output = { reason: "late", order: "KT-11", share: 30 };

const ok = (output: Output): Prediction<Output> => ({ status: "ok", output, diagnostics: {}, calls: [] });
const score = (changes: Partial<Output>, truth: Partial<Output> = {}) =>
  scoreCase(Refund, {
    input,
    expected: { ...TRUTH, ...truth },
    prediction: ok({ ...TRUTH, ...truth, ...changes }),
  });

Deno.test("scoreCase() is correct when every field is, with full metrics", () => {
  const { category, fields, metrics } = score({});
  assert.equal(category, "correct");
  assert.deepEqual(Object.values(fields), Array(3).fill({ outcome: "correct", score: 1 }));
  assert.deepEqual(metrics, { accuracy: 1, field_accuracy: 1 });
});

const OUTCOMES: [what: string, field: keyof Output, given: unknown, wanted: unknown, outcome: Category][] = [
  ["another label", "reason", "broken", "late", "wrong"],
  ["null where there is a truth", "order", null, "KT-11", "missing"],
  ["null where the truth is null", "order", null, null, "correct"],
  ["a value where the truth is null", "order", "KT-11", null, "hallucinated"],
  ["another value that stands in the input", "order", "KT-12", "KT-11", "wrong"],
  ["a value that stands nowhere in the input", "order", "KT-99", "KT-11", "hallucinated"],
  ["a value that is part of a word of the input", "order", "KT-1", "KT-11", "hallucinated"],
  ["the truth, even where the input does not hold it", "order", "kt-13", "kt-13", "correct"],
  ["a percentage 2 points off", "share", 32, 30, "correct"],
  ["a percentage 3 points off", "share", 33, 30, "wrong"],
  ["a share where a percentage was asked", "share", 0.3, 30, "unit_error"],
  ["0 where the truth is null", "share", 0, null, "hallucinated"],
  ["0 where the truth is 0", "share", 0, 0, "correct"],
  ["null where the truth is 0", "share", null, 0, "missing"],
];
for (const [what, field, given, wanted, outcome] of OUTCOMES) {
  Deno.test(`scoreCase() gives ${outcome} for ${what}`, () => {
    const result = score({ [field]: given } as Partial<Output>, { [field]: wanted } as Partial<Output>);
    assert.equal(result.fields[field]?.outcome, outcome);
    assert.equal(result.category, outcome);
    assert.equal(result.fields[field]?.score === 1, outcome === "correct");
    assert.equal(result.metrics.accuracy, outcome === "correct" ? 1 : 0);
    assert.equal(result.metrics.field_accuracy, outcome === "correct" ? 1 : 2 / 3);
  });
}

Deno.test("scoreCase() gives a case the most severe outcome of its fields", () => {
  assert.equal(score({ reason: "broken", order: null }).category, "missing");
  assert.equal(score({ order: null, share: 0.3 }).category, "unit_error");
  assert.equal(score({ reason: "broken", order: "KT-99", share: 0.3 }).category, "hallucinated");
  const { fields, metrics } = score({ reason: "broken", order: "KT-99", share: null });
  assert.deepEqual(Object.values(fields).map(({ outcome }) => outcome), ["wrong", "hallucinated", "missing"]);
  assert.equal(metrics.field_accuracy, 0);
});

const FAILURES: Record<Failure["kind"], Category> = {
  rate_limit: "provider_error",
  server: "provider_error",
  connection: "provider_error",
  auth: "provider_error",
  not_found: "provider_error",
  bad_request: "provider_error",
  protocol: "provider_error",
  too_large: "provider_error",
  timeout: "timeout",
  refused: "refused",
  empty: "empty",
  truncated: "truncated",
  format: "format",
  retrieval: "retrieval_error",
};
for (const [kind, category] of Object.entries(FAILURES)) {
  Deno.test(`scoreCase() gives every field ${category} and the metrics 0, not nothing, when the prediction failed by ${kind}`, () => {
    const failure = { kind: kind as Failure["kind"], message: "" };
    assert.equal(categoryOfFailure(failure), category);
    const prediction = { status: "failed" as const, failure, diagnostics: {}, calls: [] };
    const result = scoreCase(Refund, { input, expected: TRUTH, prediction });
    assert.equal(result.category, category);
    assert.deepEqual(Object.values(result.fields), Array(3).fill({ outcome: category, score: 0 }));
    assert.deepEqual(result.metrics, { accuracy: 0, field_accuracy: 0 });
  });
}

Deno.test("scoreCase() tells an abstention from every failure, also where the truth is null", () => {
  const prediction = { status: "abstained" as const, reason: "unsure", diagnostics: {}, calls: [] };
  const result = scoreCase(Refund, { input, expected: { ...TRUTH, order: null }, prediction });
  assert.equal(result.category, "abstained");
  assert.equal(result.fields.order?.outcome, "abstained");
});

Deno.test("scoreCase() leaves input, truth and prediction as they are", () => {
  const frozen = {
    input: Object.freeze({ ...input }),
    expected: Object.freeze({ ...TRUTH }),
    prediction: Object.freeze(ok(Object.freeze({ ...TRUTH, share: 0.3 }))),
  };
  scoreCase(Refund, frozen);
});

Deno.test("scoreField() scores a partly right list below 1, so that it is wrong and yet tells how near it was", () => {
  const tags = describeField("tags", compare(z.array(z.string()), { by: "set" }));
  const { outcome, score } = scoreField(tags, ["a", "b"], ["a", "c"], {});
  assert.equal(outcome, "wrong");
  assert.equal(score, 0.5);
  assert.deepEqual(scoreField(tags, [], [], {}), { outcome: "correct", score: 1 });
});

Deno.test("scoreField() takes an absent value for null on both sides", () => {
  const field = describeField("x", z.string().nullable());
  assert.deepEqual(scoreField(field, undefined, undefined, {}), { outcome: "correct", score: 1 });
  assert.equal(scoreField(field, undefined, "a", {}).outcome, "missing");
  assert.equal(scoreField(field, "a", undefined, {}).outcome, "hallucinated");
});

Deno.test("CATEGORIES are told apart: no name twice, infrastructure first, correct last", () => {
  assert.equal(new Set(CATEGORIES).size, CATEGORIES.length);
  assert.deepEqual(CATEGORIES.slice(0, INFRASTRUCTURE.length), [...INFRASTRUCTURE]);
  assert.equal(CATEGORIES.at(-1), "correct");
});

Deno.test("scoreCase() keeps an error in place of a number when a metric throws or gives none", () => {
  const metrics = METRICS as Record<string, typeof METRICS[string]>;
  const describe = { description: "", binary: false };
  metrics.thrower = {
    ...describe,
    compute: () => {
      throw new RangeError("cannot be");
    },
  };
  metrics.nothing = { ...describe, compute: () => NaN };
  try {
    const { metrics: values } = score({});
    assert.deepEqual(values.thrower, { error: "cannot be" });
    assert.deepEqual(values.nothing, { error: "gave NaN, expected a number" });
    assert.equal(values.accuracy, 1);
  } finally {
    delete metrics.thrower;
    delete metrics.nothing;
  }
});
