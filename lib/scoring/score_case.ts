import type { Prediction } from "../program/mod.ts";
import { type Field, isGrounded, likeness, scoredFields, type Signature } from "../signature/mod.ts";
import { CATEGORIES, type Category, categoryOfFailure } from "./categories.ts";
import type { JudgeVerdict } from "./judge_case.ts";
import type { CheckFinding } from "./judge_checks.ts";
import { METRICS, type MetricValue } from "./metrics.ts";

/** What became of one output field. */
export interface FieldScore {
  outcome: Category;
  /** Likeness to the truth, 0 to 1; 1 only when correct. */
  score: number;
  /** What a check or a judge said, or why neither did. */
  reason?: string;
}

/** What became of one case. */
export interface CaseScore {
  category: Category;
  fields: Readonly<Record<string, FieldScore>>;
  /** Every metric; one that threw or gave no number is an error, not 0. */
  metrics: Readonly<Record<string, MetricValue>>;
}

/** A prediction with all that its score depends on. */
export interface Scorable<I, O> {
  input: I;
  expected: O;
  prediction: Prediction<O>;
  /** What checks found, by field. @default {{}} */
  findings?: Readonly<Record<string, CheckFinding>>;
  /** What judges said, by field; a field that only a judge can decide about is a `judge_error` without. @default {{}} */
  verdicts?: Readonly<Record<string, JudgeVerdict>>;
}

/**
 * Scores a prediction: an outcome for each field, one category for the case. A case is correct when all
 * of its fields are; a failed prediction fails every field with its own category. Fields declared unscored are left out.
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
  scorable: Scorable<I, O>,
): CaseScore {
  const { input, expected, prediction, findings = {}, verdicts = {} } = scorable;
  const scored = scoredFields(signature);
  const fields = Object.fromEntries(scored.map((field): [string, FieldScore] => {
    if (prediction.status === "abstained") return [field.name, { outcome: "abstained", score: 0 }];
    if (prediction.status === "failed") {
      return [field.name, { outcome: categoryOfFailure(prediction.failure), score: 0 }];
    }
    const predicted = Reflect.get(prediction.output as object, field.name);
    const wanted = Reflect.get(expected as object, field.name);
    const [finding, verdict] = [findings[field.name], verdicts[field.name]];
    return [field.name, scoreField(field, predicted, wanted, input, { finding, verdict })];
  }));
  const outcomes = Object.values(fields).map(({ outcome }) => outcome);
  const category = CATEGORIES.find((candidate) => outcomes.includes(candidate)) ?? "correct";
  const metrics = Object.entries(METRICS).map((
    [name, { compute }],
  ): [string, MetricValue] => [name, measure(compute, { category, fields })]);
  return { category, fields, metrics: Object.fromEntries(metrics) };
}

/** What was found out about a value beside its likeness to the truth. */
export interface Findings {
  finding?: CheckFinding | undefined;
  verdict?: JudgeVerdict | undefined;
}

/**
 * Scores one value against its truth: `missing` when only the prediction is null; `hallucinated` when the truth is
 * null, or the value does not occur in the input it is grounded in; `violation` when a check says so; `correct`;
 * what its judge says where the field declares one; else `unit_error` or `wrong`.
 *
 * @param input The case's input, for grounding.
 */
export function scoreField(
  field: Field,
  predicted: unknown,
  expected: unknown,
  input: unknown,
  { finding, verdict }: Findings = {},
): FieldScore {
  return scoreWithoutJudge(field, predicted, expected, input, finding) ?? scoreOfVerdict(verdict);
}

/** Whether only a judge can decide about a value: the field declares one, and nothing cheaper has the answer. */
export function needsJudge(
  field: Field,
  value: { predicted: unknown; expected: unknown; input: unknown; finding: CheckFinding | undefined },
): boolean {
  const { predicted, expected, input, finding } = value;
  return scoreWithoutJudge(field, predicted, expected, input, finding) === undefined;
}

function scoreWithoutJudge(
  field: Field,
  predicted: unknown,
  expected: unknown,
  input: unknown,
  finding: CheckFinding | undefined,
): FieldScore | undefined {
  const [given, wanted] = [predicted ?? null, expected ?? null];
  if (given === null) {
    return wanted === null ? { outcome: "correct", score: 1 } : { outcome: "missing", score: 0 };
  }
  if (wanted === null) return { outcome: "hallucinated", score: 0 };
  if (finding) {
    const { kind, reason } = finding;
    return { outcome: kind === "violation" ? "violation" : "judge_error", score: 0, reason };
  }
  const { score, fault } = likeness(given, wanted, field.compare);
  const judged = field.compare.by === "judge";
  if (score === 1) return { outcome: "correct", score, ...(judged && { reason: SAME_TEXT }) };
  if (field.groundedIn !== undefined) {
    const source = Reflect.get(input as object, field.groundedIn);
    if (!isGrounded(given, String(source ?? ""))) return { outcome: "hallucinated", score };
  }
  return judged ? undefined : { outcome: fault ?? "wrong", score };
}

const SAME_TEXT = "the text of the reference; no judge was asked";

function scoreOfVerdict(said: JudgeVerdict | undefined): FieldScore {
  if (!said) return { outcome: "judge_error", score: 0, reason: "not judged: only a judge can tell" };
  switch (said.status) {
    case "ok": {
      const { verdict, reason } = said.output;
      return verdict === "pass"
        ? { outcome: "correct", score: 1, reason }
        : { outcome: "wrong", score: 0, reason };
    }
    case "abstained":
      return { outcome: "judge_error", score: 0, reason: `the judge cannot tell: ${said.reason}` };
    case "failed":
      return { outcome: "judge_error", score: 0, reason: `the judge failed: ${said.failure.message}` };
  }
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
