import { z } from "zod";
import { prependOutput, type Signature } from "../signature/mod.ts";
import { predict, type PredictOptions } from "./predict.ts";
import type { Prediction, Program } from "./types.ts";

/** Options of {@linkcode chainOfThought}. */
export interface ChainOfThoughtOptions extends PredictOptions {
  /** Most output tokens a call, reasoning included. @default {512} */
  maxTokens?: number;
  /** What the model is asked to write before it answers. @default {"Think step by step, in at most two short sentences"} */
  reasoning?: string;
}

const REASONING = "Think step by step, in at most two short sentences";

/**
 * One call that writes its reasoning first and then fills the output fields (Wei et al. 2022,
 * arXiv 2201.11903). The reasoning is kept in `diagnostics.reasoning` and is not scored.
 *
 * @throws RangeError when the signature has an output field named `reasoning` already.
 * @example Usage
 * ```ts
 * import { chainOfThought } from "@lib/program/mod.ts";
 * import { signature } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 * import { z } from "zod";
 *
 * const Capital = signature({ name: "capital", instructions: "", input: {}, output: { city: z.string() } });
 * assert.equal(chainOfThought(Capital).describe().strategy, "chainOfThought");
 * ```
 */
export function chainOfThought<I, O>(
  signature: Signature<I, O>,
  options: ChainOfThoughtOptions = {},
): Program<I, O> {
  const { reasoning = REASONING, maxTokens = 512, ...rest } = options;
  const thinking = prependOutput(signature, { reasoning: z.string().describe(reasoning) });
  const inner = predict(thinking, { ...rest, maxTokens });
  return {
    name: "chainOfThought",
    signature,
    describe: () => ({
      ...inner.describe(),
      strategy: "chainOfThought",
      signature: signature.digest,
      reasoning,
    }),
    forecast: inner.forecast,
    async run(input, scope): Promise<Prediction<O>> {
      const prediction = await inner.run(input, scope);
      if (prediction.status !== "ok") return prediction;
      const { reasoning: thoughts, ...output } = prediction.output;
      const diagnostics = { ...prediction.diagnostics, reasoning: thoughts };
      return { ...prediction, output: output as O, diagnostics }; // the reasoning was the only member beside those of O
    },
  };
}
