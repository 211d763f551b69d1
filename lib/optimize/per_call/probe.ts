import { type Prediction, type Program, selfConsistency } from "../../program/mod.ts";

/**
 * A program that answers as it would alone, and draws more samples beside that answer: its own is the first of them,
 * so that all that follows from it stays as it was. How far they agree stands in `diagnostics.fields`.
 *
 * @param samples At least 2.
 * @throws RangeError when `samples` is no such count.
 */
export function probe<I, O>(program: Program<I, O>, samples: number): Program<I, O> {
  if (!Number.isInteger(samples) || samples < 2) {
    throw new RangeError(`Cannot probe as samples must be an integer >= 2: current value is ${samples}`);
  }
  return {
    name: "probe",
    signature: program.signature,
    describe: () => ({ strategy: "probe", samples, program: program.describe() }),
    forecast: () => selfConsistency(program, { samples }).forecast(),
    async run(input, scope): Promise<Prediction<O>> {
      let own: Prediction<O> | undefined;
      const watched: Program<I, O> = {
        ...program,
        async run(sampleInput, sampleScope) {
          const sample = await program.run(sampleInput, sampleScope);
          if (sampleScope.rollout === scope.rollout * samples) own = sample;
          return sample;
        },
      };
      const sampled = await selfConsistency(watched, { samples }).run(input, scope);
      const { fields } = sampled.diagnostics;
      const answer = own ?? sampled;
      return { ...answer, diagnostics: { ...answer.diagnostics, fields }, calls: sampled.calls };
    },
  };
}
