import { InputError } from "../io/mod.ts";
import type { ModelSpec } from "../model/mod.ts";
import type { Program } from "../program/mod.ts";
import type { Instructions, Signature } from "../signature/mod.ts";

/** What a task declares: one dataset, many variants, many models, several prompts. */
export interface ExperimentDefinition {
  /** Name of the task; the same as its folder. */
  name: string;
  /** File of the cases, relative to the task's folder: `.csv` or `.jsonl`. */
  dataset: string;
  /** Programs by variant name. All share one signature. */
  variants: Readonly<Record<string, Program>>;
  /** Models of the matrix. */
  models: readonly ModelSpec[];
  /** Instructions by version, each a column of the matrix. @default {the signature's own, named by its file} */
  prompts?: Readonly<Record<string, Instructions>>;
  /** Independent samples of every case in every cell. @default {1} */
  repeats?: number;
}

/** A checked {@linkcode ExperimentDefinition} with its defaults filled in. */
export interface Experiment extends Required<ExperimentDefinition> {
  /** The signature that all variants share. */
  signature: Signature;
}

/**
 * Declares the experiment of a task; the default export of its `task.ts`.
 *
 * @throws InputError for no variant, no model, a model twice, names that do not fit, or variants of different
 * signatures.
 */
export function experiment(definition: ExperimentDefinition): Experiment {
  const { name, variants, models, repeats = 1 } = definition;
  const where = `task ${JSON.stringify(name)}`;
  const [first, ...others] = Object.entries(variants);
  if (!first) {
    throw new InputError("A task needs a variant", {
      where,
      fix: "variants: { predict: predict(Signature) }",
    });
  }
  if (models.length === 0) {
    throw new InputError("A task needs a model", { where, fix: 'models: [local("qwen2.5-coder-0.5b")]' });
  }
  const twice = models.find(({ name }, index) => models.findIndex((model) => model.name === name) !== index);
  if (twice) {
    throw new InputError("Two models of one name", {
      where,
      found: twice.name,
      expected: "each once, as cells are told apart by the names of their models",
      fix: "compare settings as variants, e.g. { cold: predict(Signature, { temperature: 0 }) }",
    });
  }
  const signature = first[1].signature;
  const other = others.find(([, program]) => program.signature.digest !== signature.digest);
  if (other) {
    throw new InputError("Variants of one task have different signatures", {
      where,
      found: `${first[0]}: ${signature.name}, ${other[0]}: ${other[1].signature.name}`,
      expected: "the same input and output fields in every variant, so that all are scored alike",
    });
  }
  const prompts = definition.prompts ?? { [promptName(signature.instructions)]: signature.instructions };
  for (const axis of [...Object.keys(variants), ...Object.keys(prompts)]) {
    if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(axis)) {
      throw new InputError("Bad name of a variant or prompt", {
        where,
        found: JSON.stringify(axis),
        expected: "letters, digits, _ . -",
      });
    }
  }
  if (!Number.isInteger(repeats) || repeats < 1) {
    throw new InputError("Bad number of repeats", {
      where,
      found: String(repeats),
      expected: "an integer from 1",
    });
  }
  return { ...definition, prompts, repeats, signature };
}

function promptName({ source }: Instructions): string {
  return source.replace(/\.[^.]*$/, "").replace(/[^A-Za-z0-9_.-]/g, "_") || "inline";
}
