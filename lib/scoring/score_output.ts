import type { Case } from "../dataset/mod.ts";
import type { Failure, Prediction } from "../program/mod.ts";
import {
  type CompareOptions,
  type Field,
  parseNumber,
  parseReply,
  type Signature,
} from "../signature/mod.ts";
import { applyChecks, type Checks } from "./judge_checks.ts";
import type { OutputRow, ScoredRow } from "./output_row.ts";
import { scoreCase, scoreField } from "./score_case.ts";

/**
 * Scores an output against the truth in its own row. Null where a truth is, is `missing`; a value where the
 * truth is null is `hallucinated`; a value of a kind that the comparator cannot read is a `format` fault.
 *
 * @param row A row with `expected`.
 * @example Usage
 * ```ts
 * import { scoreOutput } from "@lib/scoring/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const row = { id: "q1", line: 1, output: "1,200", expected: 1200 };
 * assert.equal(scoreOutput(row, { by: "number" }).outcome, "correct");
 * assert.equal(scoreOutput({ ...row, output: null }, { by: "number" }).outcome, "missing");
 * ```
 */
export function scoreOutput(row: OutputRow, compare: CompareOptions): ScoredRow {
  const reason = unreadable(row, compare);
  if (reason !== undefined) return { ...nameOf(row), outcome: "format", reason };
  const field: Field = { name: "output", description: "", type: "JSON", compare };
  const { outcome } = scoreField(field, row.output, row.expected, {});
  if (outcome === "correct") return { ...nameOf(row), outcome };
  return { ...nameOf(row), outcome, reason: `found ${shown(row.output)}, expected ${shown(row.expected)}` };
}

/** The case that an output answers, with the rules of its task. */
export type ReplyContext<I, O> = Pick<Case<I, O>, "input" | "expected" | "state"> & {
  /** Rules by output field. @default {{}} */
  checks?: Checks;
};

/**
 * Scores an output against a case of a task, as `eval` would: an object holds the output fields, any other
 * value is read as the text of a model's reply. No judge is asked, so a field that only its judge can decide about is a
 * `judge_error`, neither right nor wrong.
 *
 * @example Usage
 * ```ts
 * import { scoreReply } from "@lib/scoring/mod.ts";
 * import { signature } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 * import { z } from "zod";
 *
 * const Capital = signature({ name: "c", instructions: "", input: {}, output: { city: z.string() } });
 * const row = { id: "fr", line: 1, output: 'Sure: {"city": "Paris"}' };
 * assert.equal(scoreReply(row, Capital, { input: {}, expected: { city: "Paris" } }).outcome, "correct");
 * ```
 */
export function scoreReply<I, O>(
  row: OutputRow,
  signature: Signature<I, O>,
  { input, expected, state, checks = {} }: ReplyContext<I, O>,
): ScoredRow {
  const prediction = predictionOf(row.output, signature);
  const entry = { id: row.id, input: input as Fields, expected: expected as Fields, ...(state && { state }) };
  const findings = prediction.status === "ok" ? applyChecks(checks, prediction.output as Fields, entry) : {};
  const { category, fields } = scoreCase(signature, { input, expected, prediction, findings });
  const reason = prediction.status === "failed"
    ? reasonOf(prediction.failure)
    : Object.values(fields).find(({ outcome, reason }) => outcome === category && reason)?.reason;
  return { ...nameOf(row), outcome: category, ...(reason !== undefined && { reason }), fields };
}

type Fields = Readonly<Record<string, unknown>>;

function predictionOf<I, O>(output: unknown, signature: Signature<I, O>): Prediction<O> {
  const rest = { diagnostics: {}, calls: [] };
  if (holdsInfinity(output)) {
    return { status: "failed", failure: { kind: "format", message: TOO_LARGE }, ...rest };
  }
  const text = output === null || typeof output === "string" ? output : JSON.stringify(output);
  const parsed = parseReply(signature, { text, finishReason: null });
  if (parsed.status === "ok") return { status: "ok", output: parsed.output, ...rest };
  const path = parsed.status === "format" ? { path: parsed.path } : {};
  return { status: "failed", failure: { kind: parsed.status, message: parsed.reason, ...path }, ...rest };
}

function unreadable({ output, expected }: OutputRow, { by }: CompareOptions): string | undefined {
  if (output === null || expected === null) return undefined;
  if (holdsInfinity(output)) return TOO_LARGE;
  if (by === "exact") return undefined;
  if (typeof output === "object") return `${Array.isArray(output) ? "a list" : "an object"}, not one value`;
  const numbers = by === "number" && parseNumber(expected) !== undefined;
  return numbers && parseNumber(output) === undefined ? "states no number, or more than one" : undefined;
}

const TOO_LARGE = "a number is too large";

/** Whether a number was read from text like `1e999`, which no JSON can hold. */
export function holdsInfinity(value: unknown): boolean {
  if (typeof value === "number") return !Number.isFinite(value);
  return typeof value === "object" && value !== null && Object.values(value).some(holdsInfinity);
}

function reasonOf({ path, message }: Failure): string {
  return path ? `${path}: ${message}` : message;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)} …` : text;
}

function nameOf({ id, line, sample }: OutputRow): Pick<ScoredRow, "id" | "line" | "sample"> {
  return { id, ...(sample !== undefined && { sample }), line };
}
