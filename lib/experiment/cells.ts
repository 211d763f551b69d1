import { InputError } from "../io/mod.ts";
import { type ModelSpec, NO_MODEL } from "../model/mod.ts";
import type { Program } from "../program/mod.ts";
import type { Instructions } from "../signature/mod.ts";
import type { Experiment } from "./definition.ts";

/** One column of the matrix: a variant under one prompt on one model; a program that asks none has `none` of both. */
export interface Cell {
  /** `variant/prompt/model`. */
  id: string;
  variant: string;
  prompt: string;
  model: ModelSpec;
  program: Program;
  instructions: Instructions;
}

/** What is crossed. */
export interface Axes {
  variants: Readonly<Record<string, Program>>;
  prompts: Readonly<Record<string, Instructions>>;
  models: readonly ModelSpec[];
}

/**
 * Crosses variants, prompts and models into cells, model by model; programs that ask no model come first, once each.
 *
 * @throws InputError when the limits of the variants leave no cell.
 */
export function crossCells(experiment: Experiment, { variants, prompts, models }: Axes): Cell[] {
  const programs = Object.entries(variants);
  const baselines = programs.filter(([, program]) => asksNothing(program)).map((
    [variant, program],
  ): Cell => ({
    id: `${variant}/none/${NO_MODEL.name}`,
    variant,
    prompt: "none",
    model: NO_MODEL,
    program,
    instructions: experiment.signature.instructions,
  }));
  const asking = models.flatMap((model) =>
    programs.filter(([variant, program]) => !asksNothing(program) && isRunOn(experiment, variant, model))
      .flatMap(([variant, program]) =>
        Object.entries(prompts)
          .filter(([prompt]) => experiment.limits[variant]?.prompts?.includes(prompt) ?? true)
          .map(([prompt, instructions]): Cell => ({
            id: `${variant}/${prompt}/${model.name}`,
            variant,
            prompt,
            model,
            program,
            instructions,
          }))
      )
  );
  const cells = [...baselines, ...asking];
  if (cells.length > 0) return cells;
  throw new InputError("Nothing to run", {
    where: "--variants, --prompts and --models",
    found: "no chosen variant is run under a chosen prompt on a chosen model",
    expected: Object.entries(experiment.limits).map(([name, limits]) => `${name}: ${JSON.stringify(limits)}`)
      .join("; "),
  });
}

function asksNothing(program: Program): boolean {
  return program.forecast().calls.most === 0;
}

/** Limits name models of the task; a model from elsewhere was asked for on purpose. */
function isRunOn({ limits, models }: Experiment, variant: string, { name, model }: ModelSpec): boolean {
  const few = limits[variant]?.models;
  return few === undefined || few.includes(name) || few.includes(model) ||
    !models.some((own) => own.name === name);
}
