import type { ModelSpec } from "../../model/mod.ts";
import { type Assignment, chainOfThought, selfConsistency } from "../../program/mod.ts";

/** A way to strengthen a named call. */
export interface Strengthening {
  /** What it is called in sentences, e.g. `self-consistency of 5`. */
  name: string;
  /** What is put in place of the call's own; a strategy that gives a program back as it is does not apply to it. */
  assign: Assignment;
  /** The assignment as it stands in the code of a task, without its braces. */
  code: string;
}

/**
 * Several samples of the call, made into one output field by field.
 *
 * @throws RangeError when the number of samples is no count.
 * @example Usage
 * ```ts
 * import { voting } from "@lib/optimize/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(voting(3).code, "strategy: (program) => selfConsistency(program, { samples: 3 })");
 * ```
 */
export function voting(samples = 5): Strengthening {
  return {
    name: `self-consistency of ${samples}`,
    assign: { strategy: (program) => selfConsistency(program, { samples }) },
    code: `strategy: (program) => selfConsistency(program, { samples: ${samples} })`,
  };
}

/** A chain of thought in place of a plain `predict`; it does not apply to any other program. */
export function reasoning(): Strengthening {
  return {
    name: "a chain of thought",
    assign: {
      strategy: (program) =>
        program.describe().strategy === "predict" ? chainOfThought(program.signature) : program,
    },
    code: "strategy: ({ signature }) => chainOfThought(signature)",
  };
}

/**
 * Another model for the call.
 *
 * @param code The model as the code of the task makes it, e.g. `local("qwen2.5-coder-1.5b")`.
 */
export function onModel(model: ModelSpec, code: string): Strengthening {
  return { name: model.name, assign: { model }, code: `model: ${code}` };
}
