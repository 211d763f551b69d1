import { type Aggregator, defaultAggregator, leadingValue } from "../../aggregate/mod.ts";
import type { Field, Signature } from "../../signature/mod.ts";
import { NO_CALLS } from "../forecast.ts";
import { leaksTo } from "../leak_guard.ts";
import { corpusOfScope } from "../retrieval.ts";
import type { ExampleChoice, Program } from "../types.ts";
import { outputOrFailure } from "./output_or_failure.ts";

/** Options of the baselines that learn from solved cases. */
export interface LearnedBaselineOptions {
  /** Cases to learn from. @default {"train"} */
  from?: ExampleChoice["from"];
}

/**
 * A baseline without a model: the most frequent truth of each field, the median of numbers. What does not beat it
 * has learnt nothing but how often each answer comes.
 *
 * @example Usage
 * ```ts
 * import { majorityClass } from "@lib/program/mod.ts";
 * import { signature } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 * import { z } from "zod";
 *
 * const Team = signature({ name: "team", instructions: "", input: { mail: z.string() }, output: { team: z.string() } });
 * assert.equal(majorityClass(Team).forecast().calls.most, 0);
 * ```
 */
export function majorityClass<I, O>(
  signature: Signature<I, O>,
  { from = "train" }: LearnedBaselineOptions = {},
): Program<I, O> {
  return {
    name: "majorityClass",
    signature,
    describe: () => ({ strategy: "majorityClass", signature: signature.digest, from }),
    forecast: () => NO_CALLS,
    run(_input, scope) {
      const corpus = corpusOfScope(scope)({ from, failures: false });
      const leakOf = scope.case ? leaksTo(scope.case) : () => undefined;
      const items = corpus.items.filter((item) => leakOf(item) === undefined);
      const values = signature.output.map((
        field,
      ) => [field.name, commonest(field, items.map(({ output }) => output))]);
      const diagnostics = { learnedFrom: { corpus: corpus.digest, cases: items.length } };
      return Promise.resolve(
        outputOrFailure(signature, items.length, Object.fromEntries(values), diagnostics),
      );
    },
  };
}

function commonest(field: Field, outputs: readonly Readonly<Record<string, unknown>>[]): unknown {
  if (outputs.length === 0) return undefined;
  const aggregator: Aggregator = defaultAggregator(field.compare);
  const samples = outputs.map((output) => ({ status: "ok" as const, value: output[field.name] ?? null }));
  return leadingValue(aggregator.aggregate(samples, field));
}
