import type { Call } from "../model/mod.ts";
import type { ContextBlock } from "../prompt/mod.ts";
import { type Attempted, attemptOf } from "./attempts.ts";
import { repeatForecast } from "./forecast.ts";
import type { Prediction, Program, ProgramDescription } from "./types.ts";

/** Options of {@linkcode refine}. */
export interface RefineOptions<I, O> {
  /** Most attempts, the first included. @default {3} */
  attempts?: number;
  /** What is wrong with an output, seen without its truth; `undefined` when nothing is. */
  check: (output: O, input: I) => string | undefined;
}

/**
 * Attempts in turn: each sees, as background, the output before it and what is wrong with it, until the check
 * finds nothing. Every attempt stands in `diagnostics.attempts`; when the last one still has a fault, it is the output
 * all the same and `diagnostics.unresolved` names the fault.
 *
 * @throws RangeError when `attempts` is no count.
 * @example Usage
 * ```ts
 * import { predict, refine } from "@lib/program/mod.ts";
 * import { signature } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 * import { z } from "zod";
 *
 * const Slogan = signature({ name: "slogan", instructions: "", input: {}, output: { text: z.string() } });
 * const polite = refine(predict(Slogan), { check: ({ text }) => text.includes("please") ? undefined : "not polite" });
 * assert.equal(polite.forecast().calls.least, 1);
 * ```
 */
export function refine<I, O>(program: Program<I, O>, options: RefineOptions<I, O>): Program<I, O> {
  const { attempts: most = 3, check } = options;
  if (!Number.isInteger(most) || most < 1) {
    throw new RangeError(`Cannot refine as attempts must be an integer >= 1: current value is ${most}`);
  }
  return {
    name: "refine",
    signature: program.signature,
    describe: (): ProgramDescription => ({
      strategy: "refine",
      attempts: most,
      check: String(check),
      program: program.describe(),
    }),
    forecast: () => repeatForecast(program.forecast(), 1, most),
    async run(input, scope): Promise<Prediction<O>> {
      const attempts: Attempted[] = [];
      const calls: Call[] = [];
      for (let index = 0;; index++) {
        const last = attempts.at(-1);
        const prediction = await program.run(input, {
          ...scope,
          rollout: scope.rollout * most + index,
          path: [...scope.path, `attempt ${index}`],
          ...(last && { context: [...(scope.context ?? []), feedback(last)] }),
        });
        calls.push(...prediction.calls);
        const fault = prediction.status === "ok" ? check(prediction.output, input) : undefined;
        const attempt = { ...attemptOf(prediction), ...(fault !== undefined && { fault }) };
        attempts.push(attempt);
        const wrong = fault ?? (prediction.status === "failed" ? attempt.reason : undefined);
        const over = wrong === undefined || index + 1 >= most || isInfrastructure(prediction);
        if (!over) continue;
        const unresolved = wrong !== undefined && prediction.status === "ok" && { unresolved: wrong };
        return { ...prediction, diagnostics: { ...prediction.diagnostics, attempts, ...unresolved }, calls };
      }
    },
  };
}

/** A fault of an endpoint, or of a retrieval, says nothing that a model could mend. */
function isInfrastructure(prediction: Prediction<unknown>): boolean {
  if (prediction.status !== "failed") return false;
  return prediction.failure.kind === "retrieval" || prediction.calls.some(({ result }) => !result.ok);
}

function feedback({ output, fault, reason }: Attempted): ContextBlock {
  const answer = output === undefined ? "It could not be used." : JSON.stringify(output);
  return {
    title: "Your last answer to this, and what is wrong with it",
    text: `${answer}\nFault: ${fault ?? reason ?? "unknown"}`,
  };
}
