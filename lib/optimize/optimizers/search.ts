import { canonicalJson } from "../../io/mod.ts";
import type { Bench } from "../bench.ts";
import { chooseTrial } from "../choose_trial.ts";
import { type DemoSets, pickDemos } from "../pick_demos.ts";
import { type PassOptions, STUDENT, teach, type Teaching, teachingText } from "../teach.ts";
import type { Candidate, Choice, Optimizer } from "../types.ts";

/** Options of {@linkcode bootstrapSearch}. */
export interface SearchOptions extends PassOptions {
  /** How many examples each set of right runs has, at most; a set a number, each drawn anew. @default {[4, 4, 2, 1]} */
  sizes?: readonly number[];
  /** Examples of the candidate that is shown truths alone. @default {4} */
  maxLabelled?: number;
}

/**
 * Several sets of examples, the program as it stands and one with truths alone, all measured on the same dev cases.
 * The cheapest that cannot be told from the best is chosen; the dev score of what is chosen is optimistic, the more
 * so the more candidates there are.
 *
 * @throws InputError in `optimize()` when there is no dev case.
 * @throws RangeError in `optimize()` for a size that is no count.
 * @example Usage
 * ```ts
 * import { bootstrapSearch } from "@lib/optimize/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(bootstrapSearch({ sizes: [8, 2] }).describe(), { sizes: [8, 2], maxLabelled: 4 });
 * ```
 */
export function bootstrapSearch(options: SearchOptions = {}): Optimizer {
  const settings = { sizes: [4, 4, 2, 1], maxLabelled: 4, ...options };
  return {
    name: "search",
    describe: () => settings,
    needsDev: true,
    async run(bench): Promise<Choice> {
      const baseline = await bench.evaluate(STUDENT);
      if (baseline.complete) {
        const teaching = await teach(bench, settings);
        bench.note(teachingText(teaching));
        for (const candidate of candidatesOf(bench, teaching, settings)) {
          if (bench.ended) break;
          await bench.evaluate(candidate);
        }
      }
      return chooseTrial(bench.trials);
    },
  };
}

/** {@linkcode bootstrapSearch} as it is by default. */
export const search = bootstrapSearch();

function candidatesOf(
  bench: Bench,
  teaching: Teaching,
  { sizes, maxLabelled }: { sizes: readonly number[]; maxLabelled: number },
): Candidate[] {
  const none = { lessons: [] };
  const labelled = {
    name: "labelled",
    note: "truths alone",
    demos: pickDemos(bench, none, { maxBootstrapped: 0, maxLabelled }),
  };
  const sets = sizes.map((size, index) => {
    const word = `set ${index + 1}`;
    const lessons = bench.order(teaching.lessons, word);
    return {
      name: `${word} of ${size}`,
      note: `at most ${size} right runs, drawn by ${word}`,
      demos: pickDemos(bench, { lessons }, { maxBootstrapped: size, maxLabelled: 0 }),
    };
  });
  const seen = new Set<string>();
  return [labelled, ...sets].flatMap((set) => {
    const key = contentOf(set.demos);
    const news = Object.keys(set.demos).length > 0 && !seen.has(key);
    seen.add(key);
    return news ? [{ ...set, instructions: {} }] : [];
  });
}

function contentOf(demos: DemoSets): string {
  return canonicalJson(JSON.parse(JSON.stringify(demos)));
}
