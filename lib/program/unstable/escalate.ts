import type { ModelSpec } from "../../model/mod.ts";
import { describeModel } from "../describe_model.ts";
import type { Prediction, Program } from "../types.ts";
import type { Decision, UnstablePolicy } from "./policy.ts";

/**
 * Asks another program, or the same program on another model, when a field is unstable. What it says stands, be it an
 * output, an abstention or a failure. It runs at the rollout of the whole, so a program that asks what the samples
 * have asked, e.g. more samples of the same one, shares their replies where replies are kept.
 */
export function escalate<I, O>(to: Program<I, O> | ModelSpec): UnstablePolicy<I, O> {
  const [other, model] = "run" in to ? [to, undefined] : [undefined, to];
  return {
    name: "escalate",
    describe: () => ({ to: other ? other.describe() : { model: describeModel(model) } }),
    forecast: (program) => {
      const { calls, outputTokens } = (other ?? program).forecast();
      return { calls: { least: 0, most: calls.most }, outputTokens };
    },
    async decide({ input, scope, program, output, unstable }): Promise<Decision<O>> {
      if (unstable.length === 0) return { status: "ok", output };
      const prediction = await (other ?? program).run(input, {
        ...scope,
        path: [...scope.path, "escalation"],
        ...(model && { model: scope.open(model) }),
      });
      return { ...outcomeOf(prediction), calls: prediction.calls, note: { escalated: true } };
    },
  };
}

function outcomeOf<O>(prediction: Prediction<O>) {
  const { calls: _calls, diagnostics: _diagnostics, ...outcome } = prediction;
  return outcome;
}
