import type { Signature } from "../../signature/mod.ts";
import type { Diagnostics, Prediction } from "../types.ts";

/** The prediction of a program that asks no model. */
export function outputOrFailure<I, O>(
  { name, outputSchema }: Signature<I, O>,
  learnedFrom: number,
  output: unknown,
  diagnostics: Diagnostics,
): Prediction<O> {
  const calls = [] as const;
  if (learnedFrom === 0 || output === undefined) {
    const failure = {
      kind: "retrieval" as const,
      message: "retrieval: there is no solved case to learn from",
    };
    return { status: "failed", failure, diagnostics, calls };
  }
  const parsed = outputSchema.safeParse(output);
  if (parsed.success) return { status: "ok", output: parsed.data, diagnostics, calls };
  const issue = parsed.error.issues[0];
  const path = issue?.path.join(".") ?? "";
  const message = `an output that does not validate against ${name}: ${issue?.message ?? ""}`;
  return { status: "failed", failure: { kind: "format", path, message }, diagnostics, calls };
}
