import type { Signature } from "../../signature/mod.ts";
import { NO_CALLS } from "../forecast.ts";
import type { Program } from "../types.ts";
import { outputOrFailure } from "./output_or_failure.ts";

/**
 * A baseline without a model: plain code that answers, e.g. by words that it looks for. What it returns is validated
 * like any other output; `undefined` abstains.
 */
export function rules<I, O>(signature: Signature<I, O>, answer: (input: I) => O | undefined): Program<I, O> {
  return {
    name: "rules",
    signature,
    describe: () => ({ strategy: "rules", signature: signature.digest, answer: String(answer) }),
    forecast: () => NO_CALLS,
    run(input) {
      const output = answer(input);
      if (output === undefined) {
        const reason = "no rule applies";
        return Promise.resolve({ status: "abstained", reason, diagnostics: {}, calls: [] });
      }
      return Promise.resolve(outputOrFailure(signature, 1, output, {}));
    },
  };
}
