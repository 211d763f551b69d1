import { compareTrials, comparisonText } from "../compare_trials.ts";
import { type DemoOptions, pickDemos } from "../pick_demos.ts";
import { type PassOptions, STUDENT, teach, teachingText } from "../teach.ts";
import type { Choice, Optimizer } from "../types.ts";

/** Options of {@linkcode bootstrapFewShot}. */
export interface BootstrapOptions extends DemoOptions, PassOptions {}

/**
 * Worked examples from the program's own right answers to training cases (Khattab et al. 2023, arXiv 2310.03714),
 * filled up with truths. The set is taken as it is; where there are dev cases it is measured beside the program as
 * it stands.
 *
 * @example Usage
 * ```ts
 * import { bootstrapFewShot } from "@lib/optimize/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(bootstrapFewShot({ maxBootstrapped: 2 }).describe(), { maxBootstrapped: 2, maxLabelled: 4 });
 * ```
 */
export function bootstrapFewShot(options: BootstrapOptions = {}): Optimizer {
  const settings = { maxBootstrapped: 4, maxLabelled: 4, ...options };
  const { maxBootstrapped } = settings;
  return {
    name: "bootstrap",
    describe: () => settings,
    async run(bench): Promise<Choice> {
      const { dev } = bench.setting;
      const baseline = dev.length > 0 ? await bench.evaluate(STUDENT) : undefined;
      const lessons = await teach(bench, settings, (soFar) => {
        const sets = pickDemos(bench, soFar, { maxBootstrapped, maxLabelled: 0 });
        const names = [...bench.signatures.keys()];
        return names.length > 0 && names.every((name) => (sets[name]?.length ?? 0) >= maxBootstrapped);
      });
      const text = teachingText(lessons);
      bench.note(text);
      if (!bench.ended) {
        const candidate = {
          name: "bootstrapped",
          note: text,
          demos: pickDemos(bench, lessons, settings),
          instructions: {},
        };
        if (!baseline) return { chosen: candidate, verdict: "not measured, as there is no dev case" };
        const trial = await bench.evaluate(candidate);
        if (trial.complete) {
          const comparison = compareTrials(trial, baseline);
          return { chosen: candidate, verdict: comparisonText(comparison), comparison };
        }
      }
      if (!baseline?.complete) return { chosen: undefined, verdict: "nothing was measured to its end" };
      return { chosen: STUDENT, verdict: "stopped before examples were measured: the program as it stands" };
    },
  };
}

/** {@linkcode bootstrapFewShot} as it is by default. */
export const bootstrap = bootstrapFewShot();
