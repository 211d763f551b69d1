import { InputError } from "../io/mod.ts";
import { type Split, SPLITS } from "../dataset/mod.ts";
import type { ModelSpec } from "../model/mod.ts";
import type { Program } from "../program/mod.ts";
import type { Checks, Judge } from "../scoring/mod.ts";
import type { Instructions, Signature } from "../signature/mod.ts";
import { checkJudges } from "./check_judges.ts";

/** A part of a matrix. */
export interface Limits {
  /** Names of prompts. @default {all of the task} */
  prompts?: readonly string[];
  /** Names of models of the task; any other model that is asked for is run. @default {all of the task} */
  models?: readonly string[];
}

/** A variant that is run in a part of the matrix only. */
export interface LimitedVariant extends Limits {
  program: Program;
}

/** What a task declares: one dataset, many variants, many models, several prompts. */
export interface ExperimentDefinition {
  /** Name of the task; the same as its folder. */
  name: string;
  /** File of the cases, relative to the task's folder: `.csv` or `.jsonl`. */
  dataset: string;
  /** Programs by variant name, each under every prompt and on every model unless it names some. All share one signature. */
  variants: Readonly<Record<string, Program | LimitedVariant>>;
  /** Models of the matrix. */
  models: readonly ModelSpec[];
  /** Instructions by version, each a column of the matrix. @default {the signature's own, named by its file} */
  prompts?: Readonly<Record<string, Instructions>>;
  /** Independent samples of every case in every cell. @default {1} */
  repeats?: number;
  /** The cases that are measured where none are chosen. @default {"all"} */
  split?: Split | "all";
  /** Judges by the name that a field declares: `compare(type, { by: "judge", judge: "helpful" })`. @default {{}} */
  judges?: Readonly<Record<string, Judge>>;
  /** Rules by output field that need no model; a broken one is a `violation`, and no judge is asked. @default {{}} */
  checks?: Checks;
}

/** A checked {@linkcode ExperimentDefinition} with its defaults filled in. */
export interface Experiment extends Required<Omit<ExperimentDefinition, "variants">> {
  /** Programs by variant name. */
  variants: Readonly<Record<string, Program>>;
  /** Where variants are run that are not run everywhere, by variant name. */
  limits: Readonly<Record<string, Limits>>;
  /** The signature that all variants share. */
  signature: Signature;
}

/**
 * Declares the experiment of a task; the default export of its `task.ts`.
 *
 * @throws InputError for no variant, no model, a model twice, names that do not fit, variants of different
 * signatures, a prompt or split that does not exist, or judges and checks that do not fit the signature.
 */
export function experiment(definition: ExperimentDefinition): Experiment {
  const { name, models, repeats = 1, split = "all", judges = {}, checks = {} } = definition;
  const declared = Object.entries(definition.variants);
  const variants = Object.fromEntries(
    declared.map(([variant, entry]) => [variant, "program" in entry ? entry.program : entry]),
  );
  const limits = Object.fromEntries(declared.flatMap(([variant, entry]): [string, Limits][] => {
    if (!("program" in entry)) return [];
    const { program: _program, ...rest } = entry;
    return [[variant, rest]];
  }));
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
  for (const [variant, { prompts: some, models: few }] of Object.entries(limits)) {
    checkLimit(some, Object.keys(prompts), "prompt", `${where}, variant ${variant}`);
    checkLimit(
      few,
      models.flatMap(({ name, model }) => [name, model]),
      "model",
      `${where}, variant ${variant}`,
    );
  }
  if (split !== "all" && !SPLITS.includes(split)) {
    throw new InputError("Unknown split", {
      where,
      found: String(split),
      expected: `all, ${SPLITS.join(", ")}`,
    });
  }
  checkJudges(signature, { judges, checks, where });
  return { ...definition, variants, limits, prompts, repeats, split, signature, judges, checks };
}

function checkLimit(
  names: readonly string[] | undefined,
  known: readonly string[],
  what: string,
  where: string,
): void {
  const unknown = names?.find((name) => !known.includes(name));
  if (names === undefined || (names.length > 0 && unknown === undefined)) return;
  throw new InputError(`A variant is limited to a ${what} that the task does not have`, {
    where,
    found: unknown ?? `no ${what}`,
    expected: `some of: ${known.join(", ")}`,
  });
}

function promptName({ source }: Instructions): string {
  return source.replace(/\.[^.]*$/, "").replace(/[^A-Za-z0-9_.-]/g, "_") || "inline";
}
