import {
  type Aggregator,
  defaultAggregator,
  type FieldSample,
  type FieldVerdict,
  fixed,
  type StoppingRule,
} from "../aggregate/mod.ts";
import type { Call } from "../model/mod.ts";
import type { Field, Signature } from "../signature/mod.ts";
import { attemptOf } from "./attempts.ts";
import { repeatForecast, sumForecasts } from "./forecast.ts";
import { settleAll } from "./settle_all.ts";
import { shareFirstRequest } from "./share_first_request.ts";
import type { Failure, Forecast, Prediction, Program, ProgramDescription, Scope } from "./types.ts";
import { accept } from "./unstable/accept.ts";
import type { UnstablePolicy } from "./unstable/policy.ts";

/** Options of {@linkcode selfConsistency}. */
export interface SelfConsistencyOptions<I, O> {
  /** How many samples: a number, or a rule that stops early. @default {5} */
  samples?: number | StoppingRule;
  /** How a field's samples become one value, in place of what its comparator suggests. */
  fields?: { readonly [K in keyof O]?: Aggregator };
  /** Fields that an early stop waits for; leave out free texts, which never repeat. @default {all} */
  watch?: readonly (keyof O & string)[];
  /** What is done in view of agreement and spread. @default {accept()} */
  onUnstable?: UnstablePolicy<I, O>;
}

/**
 * Draws several samples of a program and makes one output of them, field by field: labels by vote, numbers by
 * the numeric control loop, texts by their medoid (Wang et al. 2022, arXiv 2203.11171). Agreement, spread, votes and
 * unit repairs stand in `diagnostics.fields`, each sample in `diagnostics.samples`. A failed or abstained sample is
 * counted and never votes; when none has an output, the prediction fails as the first of them did.
 *
 * Sample s of rollout r is rollout r x most + s of the inner program: at r = 0 the samples are the repeats of that
 * program, and share their replies. Where the model takes several choices a request, samples that are drawn at once
 * join their first requests into one; each is still a call of its own.
 *
 * @throws RangeError when the number of samples is no count, or a field does not exist.
 * @example Usage
 * ```ts
 * import { abstain, predict, selfConsistency } from "@lib/program/mod.ts";
 * import { percent, signature } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const Share = signature({ name: "share", instructions: "", input: {}, output: { share: percent() } });
 * const vote = selfConsistency(predict(Share), { samples: 5, onUnstable: abstain() });
 * assert.deepEqual(vote.forecast().calls, { least: 5, most: 10 });
 * ```
 */
export function selfConsistency<I, O>(
  program: Program<I, O>,
  options: SelfConsistencyOptions<I, O> = {},
): Program<I, O> {
  const { samples = 5, onUnstable = accept<I, O>() } = options;
  const rule = typeof samples === "number" ? fixed(samples) : samples;
  const { signature } = program;
  const aggregators = aggregatorsOf(signature, options.fields as Record<string, Aggregator> | undefined);
  const watched = aggregators.filter(([{ name }]) => options.watch?.some((other) => other === name) ?? true);
  if (watched.length === 0) {
    throw new RangeError("Cannot sample as watch must name at least one output field");
  }
  return {
    name: "selfConsistency",
    signature,
    describe: (): ProgramDescription => ({
      strategy: "selfConsistency",
      samples: rule.describe(),
      ...(options.watch && { watch: options.watch }),
      fields: Object.fromEntries(
        aggregators.map(([field, aggregator]) => [field.name, aggregator.describe()]),
      ),
      onUnstable: { policy: onUnstable.name, ...onUnstable.describe() },
      program: program.describe(),
    }),
    forecast: (): Forecast =>
      sumForecasts([
        repeatForecast(program.forecast(), rule.least, rule.most),
        ...(onUnstable.forecast ? [onUnstable.forecast(program)] : []),
      ]),
    async run(input, scope): Promise<Prediction<O>> {
      const { drawn, unclaimed } = await draw(program, rule, watched, input, scope);
      const calls: Call[] = [...drawn.flatMap((prediction) => prediction.calls), ...unclaimed];
      const kept = drawn.map(attemptOf);
      const verdicts = Object.fromEntries(
        aggregators.map(([field, aggregator]) => [
          field.name,
          aggregator.aggregate(samplesOf(drawn, field.name), field),
        ]),
      );
      const diagnostics = { samples: kept, fields: verdicts };
      const output = assemble(signature, verdicts);
      if (!output) return { ...withoutOutput(drawn), diagnostics, calls };
      const unstable = Object.entries(verdicts)
        .flatMap(([name, verdict]) => verdict.status === "ok" && verdict.stable ? [] : [name]);
      const { calls: more = [], note, ...outcome } = await onUnstable.decide({
        input,
        scope,
        program,
        output,
        verdicts,
        unstable,
      });
      return { ...outcome, diagnostics: { ...diagnostics, unstable, ...note }, calls: [...calls, ...more] };
    },
  };
}

/** Draws samples as long as the rule asks for more; those that it asks for at once run at once. */
async function draw<I, O>(
  program: Program<I, O>,
  rule: StoppingRule,
  watched: readonly (readonly [Field, Aggregator])[],
  input: I,
  scope: Scope,
): Promise<{ drawn: readonly Prediction<O>[]; unclaimed: readonly Call[] }> {
  const drawn: Prediction<O>[] = [];
  const unclaimed: Call[] = [];
  for (;;) {
    const soFar = watched.map(([field, aggregator]) => ({
      field,
      aggregator,
      samples: samplesOf(drawn, field.name),
    }));
    const more = Math.min(rule.next(soFar), rule.most - drawn.length);
    if (more <= 0) return { drawn, unclaimed };
    const first = drawn.length;
    const batch = Array.from({ length: more }, (_, place) => ({
      rollout: scope.rollout * rule.most + first + place,
      path: [...scope.path, `sample ${first + place}`],
    }));
    const { model, open, ...shared } = shareFirstRequest(scope, batch);
    const running = batch.map((sample) => program.run(input, { ...scope, model, open, ...sample }));
    drawn.push(...await settleAll(running));
    unclaimed.push(...await shared.unclaimed());
  }
}

function aggregatorsOf<I, O>(signature: Signature<I, O>, chosen: Readonly<Record<string, Aggregator>> = {}) {
  const unknown = Object.keys(chosen).find((name) => !signature.output.some((field) => field.name === name));
  if (unknown !== undefined) {
    const known = signature.output.map(({ name }) => name).join(", ");
    throw new RangeError(`Cannot aggregate field "${unknown}" as ${signature.name} has only: ${known}`);
  }
  return signature.output.map((field) =>
    [field, chosen[field.name] ?? defaultAggregator(field.compare)] as const
  );
}

function samplesOf<O>(drawn: readonly Prediction<O>[], field: string): FieldSample[] {
  return drawn.map((prediction) =>
    prediction.status === "ok"
      ? { status: "ok", value: Reflect.get(prediction.output as object, field) }
      : { status: prediction.status }
  );
}

/** The output of all verdicts; none when no sample had one. Where a number has several modes, the largest stands in. */
function assemble<I, O>(
  { outputSchema }: Signature<I, O>,
  verdicts: Readonly<Record<string, FieldVerdict>>,
): O | undefined {
  const values = Object.entries(verdicts).map(([name, verdict]) => [
    name,
    verdict.status === "ok" ? verdict.value : verdict.reason === "multimodal" ? verdict.leading : undefined,
  ]);
  const parsed = outputSchema.safeParse(Object.fromEntries(values));
  return parsed.success ? parsed.data : undefined;
}

function withoutOutput<O>(
  drawn: readonly Prediction<O>[],
): { status: "abstained"; reason: string } | { status: "failed"; failure: Failure } {
  const failed = drawn.find((prediction) => prediction.status === "failed");
  const abstained = drawn.find((prediction) => prediction.status === "abstained");
  if (failed?.status === "failed") {
    const message =
      `none of ${drawn.length} samples has an output; the first fault: ${failed.failure.message}`;
    return { status: "failed", failure: { ...failed.failure, message } };
  }
  if (abstained?.status === "abstained") {
    return { status: "abstained", reason: `all of ${drawn.length} samples abstained: ${abstained.reason}` };
  }
  const message = "the values agreed on do not make a valid output";
  return { status: "failed", failure: { kind: "format", message } };
}
