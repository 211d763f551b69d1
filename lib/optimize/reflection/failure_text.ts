import type { Step } from "../../program/mod.ts";
import type { CaseRun } from "../types.ts";

/** Most characters of one value. */
const VALUE = 400;

/**
 * One failure as a model that rewrites instructions reads it: what the call was given, what it answered, and what was
 * wrong with the result, field by field. Long values are cut in the middle.
 *
 * @param name Name of the signature whose instructions are rewritten.
 */
export function failureText({ case: entry, prediction, score, steps }: CaseRun, name: string): string {
  const step = steps.findLast(({ signature }) => signature.name === name);
  const given = Object.entries(step?.input ?? entry.input).map(([key, value]) => `  ${key}: ${short(value)}`);
  return ["Given:", ...given, `Answered: ${answerOf(step)}`, ...faultsOf(entry, prediction, score)].join(
    "\n",
  );
}

function answerOf(step: Step | undefined): string {
  if (!step) return "nothing";
  return step.parsed.status === "ok" ? short(step.parsed.output) : `nothing usable: ${step.parsed.reason}`;
}

function faultsOf(
  { expected }: CaseRun["case"],
  prediction: CaseRun["prediction"],
  { category, fields }: CaseRun["score"],
): string[] {
  if (prediction.status === "failed") return [`Fault: ${category}: ${prediction.failure.message}`];
  if (prediction.status === "abstained") return [`Fault: no answer: ${prediction.reason}`];
  return Object.entries(fields).filter(([, { outcome }]) => outcome !== "correct").map(([field, found]) => {
    const [got, wanted] = [prediction.output[field], expected[field]].map((value) => short(value ?? null));
    return `Fault in ${field}: ${found.outcome}, got ${got}, expected ${wanted}${
      found.reason ? ` (${found.reason})` : ""
    }`;
  });
}

function short(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const half = VALUE / 2;
  return text.length <= VALUE ? text : `${text.slice(0, half)} … ${text.slice(-half)}`;
}
