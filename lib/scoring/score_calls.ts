import { type CallRecord, namedCallsOf } from "../program/mod.ts";
import { scoredFields, type Signature } from "../signature/mod.ts";
import type { Category } from "./categories.ts";
import { type Scorable, scoreField } from "./score_case.ts";

/** What became of a named call of a workflow, as far as the task's truth can tell. */
export interface NamedCallScore {
  name: string;
  status: CallRecord["status"];
  /** Outcome of each field that the task has too, by name; none when the call failed or abstained. */
  outcomes: Readonly<Record<string, Category>>;
}

/**
 * Scores the named calls of a workflow against the truth of the whole: a field of a call is right when it would be
 * right in the output. Fields that the task does not have, and those that only a judge decides about, are left out.
 *
 * @returns In the order in which the calls began; `undefined` where no named call was kept.
 * @example Usage
 * ```ts
 * import { isWrong, scoreCalls } from "@lib/scoring/mod.ts";
 * import { signature } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 * import { z } from "zod";
 *
 * const Capital = signature({ name: "c", instructions: "", input: {}, output: { city: z.string() } });
 * const calls = [{ name: "guess", status: "ok", output: { city: "Lyon", sure: true }, diagnostics: {} }];
 * const prediction = { status: "ok" as const, output: { city: "Paris" }, diagnostics: { calls }, calls: [] };
 * const [guess] = scoreCalls(Capital, { input: {}, expected: { city: "Paris" }, prediction }) ?? [];
 * assert(guess && isWrong(guess));
 * assert.deepEqual(guess.outcomes, { city: "wrong" });
 * ```
 */
export function scoreCalls<I, O>(
  signature: Signature<I, O>,
  { input, expected, prediction }: Pick<Scorable<I, O>, "input" | "expected" | "prediction">,
): NamedCallScore[] | undefined {
  const fields = scoredFields(signature).filter(({ compare }) => compare.by !== "judge");
  return namedCallsOf(prediction.diagnostics)?.map((record) => {
    const output = record.status === "ok" ? Object(record.output) as object : {};
    const outcomes = fields.filter(({ name }) => Object.hasOwn(output, name)).map((field) => {
      const value = Reflect.get(output, field.name);
      // a call may be allowed more than the task is
      const valid = signature.outputShape[field.name]?.safeParse(value).success ?? false;
      const wanted = Reflect.get(expected as object, field.name);
      return [field.name, valid ? scoreField(field, value, wanted, input).outcome : "format"] as const;
    });
    return { name: record.name, status: record.status, outcomes: Object.fromEntries(outcomes) };
  });
}

/** Whether a named call is wrong: it failed, it abstained, or one of its fields that the task has is not correct. */
export function isWrong({ status, outcomes }: NamedCallScore): boolean {
  return status !== "ok" || Object.values(outcomes).some((outcome) => outcome !== "correct");
}
