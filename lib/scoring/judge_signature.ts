import { z } from "zod";
import { InputError } from "../io/mod.ts";
import { type Instructions, type Signature, signature } from "../signature/mod.ts";

/** What a judge goes by. */
export interface JudgeBrief {
  /** Output field of the task that is judged. */
  field: string;
  /** What the judge goes by; its text is its version. */
  rubric: Instructions;
  /** Whether the judge sees the field's truth too, as `reference`. @default {false} */
  reference?: boolean;
}

/** What a judge says of one output, and why. */
export interface Judgement {
  /** Written before the verdict. */
  reason: string;
  verdict: "pass" | "fail";
}

/** What a judge says of two outputs in one order, and why. */
export interface Preference {
  /** Written before the verdict. */
  reason: string;
  better: "first" | "second" | "tie";
}

/**
 * What a judge of single outputs is asked: the task's input, the reference, then the output, so that all
 * outputs for one case share the beginning of their requests; its reason comes before its verdict.
 *
 * @throws InputError for a field that the task does not output, and for a task with a field of the same name as
 * one of the judge's.
 */
export function judgeSignature<I, O>(
  task: Signature<I, O>,
  { field, rubric, reference = false }: JudgeBrief,
): Signature<Record<string, unknown>, Judgement> {
  const value = typeOf(task, field);
  return signature({
    name: `${task.name}_judge`,
    instructions: rubric,
    input: inputsOf(task, { ...(reference && { reference: value }), [field]: value }),
    output: {
      reason: REASON,
      verdict: z.enum(["pass", "fail"]).describe("pass if every criterion is met, otherwise fail"),
    },
  });
}

/** What a judge of pairs is asked: the same with two outputs, `first` and `second`. */
export function pairSignature<I, O>(
  task: Signature<I, O>,
  { field, rubric, reference = false }: JudgeBrief,
): Signature<Record<string, unknown>, Preference> {
  const value = typeOf(task, field);
  return signature({
    name: `${task.name}_pair_judge`,
    instructions: rubric,
    input: inputsOf(task, { ...(reference && { reference: value }), first: value, second: value }),
    output: {
      reason: REASON,
      better: z.enum(["first", "second", "tie"]).describe("Which of the two is better, tie if neither is"),
    },
  });
}

const REASON = z.string().describe("Why, in one sentence");

function typeOf<I, O>({ name, outputShape }: Signature<I, O>, field: string): z.ZodType {
  const type = Object.hasOwn(outputShape, field) ? outputShape[field] : undefined;
  if (type) return type;
  throw new InputError("A judge of a field that the task does not output", {
    where: `judge of ${name}`,
    found: field,
    expected: Object.keys(outputShape).join(", "),
  });
}

/** The task's inputs with those of the judge behind them. */
function inputsOf<I, O>(
  { name, inputShape }: Signature<I, O>,
  own: Readonly<Record<string, z.ZodType>>,
): Record<string, z.ZodType> {
  const clash = Object.keys(own).find((key) => Object.hasOwn(inputShape, key));
  if (clash === undefined) return { ...inputShape, ...own };
  throw new InputError("An input of the task has the name of one of its judge's", {
    where: `judge of ${name}`,
    found: clash,
    fix: "rename it",
  });
}
