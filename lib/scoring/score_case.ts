import type { Prediction } from "../program/mod.ts";
import { type Field, isGrounded, likeness, type Signature } from "../signature/mod.ts";
import { CATEGORIES, type Category, categoryOfFailure } from "./categories.ts";
import { METRICS, type MetricValue } from "./metrics.ts";

/** What became of one output field. */
export interface FieldScore {
  outcome: Category;
  /** Likeness to the truth, 0 to 1; 1 only when correct. */
  score: number;
}

/** What became of one case. */
export interface CaseScore {
  category: Category;
  fields: Readonly<Record<string, FieldScore>>;
  /** Every metric; one that threw or gave no number is an error, not 0. */
  metrics: Readonly<Record<string, MetricValue>>;
}

/**
 * Scores a prediction: an outcome for each field, one category for the case. A case is correct when all
 * of its fields are; a failed prediction fails every field with its own category.
 *
 * @example Usage
 * ```ts
 * import { scoreCase } from "@lib/scoring/mod.ts";
 * import { signature } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 * import { z } from "zod";
 *
 * const Capital = signature({ name: "c", instructions: "", input: {}, output: { city: z.string().nullable() } });
 * const prediction = { status: "ok" as const, output: { city: "Paris" }, diagnostics: {}, calls: [] };
 * assert.equal(scoreCase(Capital, { input: {}, expected: { city: null }, prediction }).category, "hallucinated");
 * ```
 */
export function scoreCase<I, O>(
  signature: Signature<I, O>,
  scorable: { input: I; expected: O; prediction: Prediction<O> },
): CaseScore {
  const { input, expected, prediction } = scorable;
  const fields = Object.fromEntries(signature.output.map((field): [string, FieldScore] => {
    if (prediction.status === "abstained") return [field.name, { outcome: "abstained", score: 0 }];
    if (prediction.status === "failed") {
      return [field.name, { outcome: categoryOfFailure(prediction.failure), score: 0 }];
    }
    const predicted = Reflect.get(prediction.output as object, field.name);
    return [field.name, scoreField(field, predicted, Reflect.get(expected as object, field.name), input)];
  }));
  const outcomes = Object.values(fields).map(({ outcome }) => outcome);
  const category = CATEGORIES.find((candidate) => outcomes.includes(candidate)) ?? "correct";
  const metrics = Object.entries(METRICS).map((
    [name, { compute }],
  ): [string, MetricValue] => [name, measure(compute, { category, fields })]);
  return { category, fields, metrics: Object.fromEntries(metrics) };
}

/**
 * Scores one value against its truth: `hallucinated` when the truth is null, or the value does not occur
 * in the input it is grounded in; `missing` when only the prediction is null; `unit_error`; else `wrong` or `correct`.
 *
 * @param input The case's input, for grounding.
 */
export function scoreField(field: Field, predicted: unknown, expected: unknown, input: unknown): FieldScore {
  const [given, wanted] = [predicted ?? null, expected ?? null];
  if (given === null) {
    return wanted === null ? { outcome: "correct", score: 1 } : { outcome: "missing", score: 0 };
  }
  if (wanted === null) return { outcome: "hallucinated", score: 0 };
  const { score, fault } = likeness(given, wanted, field.compare);
  if (score === 1) return { outcome: "correct", score };
  if (field.groundedIn !== undefined) {
    const source = Reflect.get(input as object, field.groundedIn);
    if (!isGrounded(given, String(source ?? ""))) return { outcome: "hallucinated", score };
  }
  return { outcome: fault ?? "wrong", score };
}

function measure(
  compute: (score: Pick<CaseScore, "category" | "fields">) => number,
  score: Pick<CaseScore, "category" | "fields">,
): MetricValue {
  try {
    const value = compute(score);
    return Number.isFinite(value) ? value : { error: `gave ${value}, expected a number` };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
