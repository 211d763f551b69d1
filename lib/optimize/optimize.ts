import { InputError } from "../io/mod.ts";
import { createBench } from "./bench.ts";
import type { Cost } from "./cost.ts";
import type { Choice, Optimizer, OptimizeSetting, Trial } from "./types.ts";

/** A compilation that has ended. */
export interface Optimized extends Choice {
  /** The optimizer with its settings. */
  optimizer: { name: string; settings: Readonly<Record<string, unknown>> };
  seed: number;
  /** Everything that was measured, in order; the program as it stands is the first. */
  trials: readonly Trial[];
  /** What was said on the way. */
  notes: readonly string[];
  /** All calls, stored ones included. */
  cost: Cost;
  /** `budget` and `errors`: a limit ended it early. */
  status: "complete" | "budget" | "errors";
}

/**
 * Lets an optimizer work on a program.
 *
 * @throws InputError for no training case, no dev case where it chooses by them, cases of a wrong split, and a budget over calls of unknown price.
 * @throws RangeError for a limit that is none.
 */
export async function optimize(optimizer: Optimizer, setting: OptimizeSetting): Promise<Optimized> {
  if (optimizer.needsDev && setting.dev.length === 0) {
    throw new InputError("There is no case to choose by", {
      where: "the cases of split dev",
      found: "none",
      expected: `at least one, as ${optimizer.name} compares candidates; training and test cases are none`,
      fix: "give some cases the split dev, in the dataset's column split",
    });
  }
  const bench = createBench(setting);
  for (const { id, of, why } of bench.pool.withheld) {
    bench.note(`the training case ${id} makes no example: it tells of ${of} (${why})`);
  }
  const choice = await optimizer.run(bench);
  return {
    ...choice,
    optimizer: { name: optimizer.name, settings: optimizer.describe() },
    seed: bench.seed,
    trials: bench.trials,
    notes: bench.notes,
    cost: bench.spent,
    status: bench.ended ?? "complete",
  };
}
