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
 * @example Usage
 * ```ts
 * import { createEndpoints, local, openModel, type ReplyStore } from "@lib/model/mod.ts";
 * import { bootstrapFewShot, optimize } from "@lib/optimize/mod.ts";
 * import { predict } from "@lib/program/mod.ts";
 * import { scoreCase } from "@lib/scoring/mod.ts";
 * import { signature } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 * import { z } from "zod";
 *
 * const City = signature({ name: "city", instructions: "", input: { land: z.string() }, output: { city: z.string() } });
 * const reply = { text: '{"city":"Paris"}', finishReason: "stop" };
 * const stored = { reply, usage: null, attempts: [{ durationMs: 9 }], at: "2026-01-01T00:00:00Z" };
 * const recordings: ReplyStore = { get: () => stored, put: () => Promise.resolve(), close: () => Promise.resolve() };
 * const model = openModel(local("small"), { mode: "replay", recordings, endpoints: createEndpoints() });
 * const train = ["France", "Italy"].map((land, index) => ({
 *   id: land,
 *   input: { land },
 *   expected: { city: index === 0 ? "Paris" : "Rome" },
 *   coverage: "common" as const,
 *   split: "train" as const,
 *   origin: "authored",
 *   line: index + 2,
 * }));
 *
 * const { chosen, notes } = await optimize(bootstrapFewShot({ maxLabelled: 0 }), {
 *   program: predict(City),
 *   train,
 *   dev: [],
 *   scope: { model, open: () => model },
 *   scorer: {
 *     score: ({ input, expected }, prediction) =>
 *       Promise.resolve({ score: scoreCase<unknown, unknown>(City, { input, expected, prediction }), calls: [] }),
 *   },
 * });
 * assert.deepEqual(chosen?.demos.city?.map((demo) => demo.case.id), ["France"]);
 * assert.deepEqual(notes, ["bootstrapped 1 of 2 training cases tried: 1 wrong"]);
 * ```
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
