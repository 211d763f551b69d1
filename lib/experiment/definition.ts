import { InputError } from "../io/mod.ts";
import { type Split, SPLITS } from "../dataset/mod.ts";
import type { ModelSpec } from "../model/mod.ts";
import type { Program } from "../program/mod.ts";
import type { Checks, Judge } from "../scoring/mod.ts";
import type { Instructions, Signature } from "../signature/mod.ts";
import { checkJudges } from "./check_judges.ts";

/** A variant that is run under some of a task's prompts only. */
export interface LimitedVariant {
  program: Program;
  /** Names of the prompts. */
  prompts: readonly string[];
}

/** What a task declares: one dataset, many variants, many models, several prompts. */
export interface ExperimentDefinition {
  /** Name of the task; the same as its folder. */
  name: string;
  /** File of the cases, relative to the task's folder: `.csv` or `.jsonl`. */
  dataset: string;
  /** Programs by variant name, each under every prompt unless it names some. All share one signature. */
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
  /** Prompts of the variants that are run under some only, by variant name. */
  promptsOf: Readonly<Record<string, readonly string[]>>;
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
  const promptsOf = Object.fromEntries(
    declared.flatMap(([variant, entry]) => "program" in entry ? [[variant, entry.prompts]] : []),
  );
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
  for (const [variant, names] of Object.entries(promptsOf)) {
    const unknown = names.find((prompt) => !Object.hasOwn(prompts, prompt));
    if (names.length > 0 && unknown === undefined) continue;
    throw new InputError("A variant is limited to a prompt that the task does not have", {
      where: `${where}, variant ${variant}`,
      found: unknown ?? "no prompt",
      expected: `some of: ${Object.keys(prompts).join(", ")}`,
    });
  }
  if (split !== "all" && !SPLITS.includes(split)) {
    throw new InputError("Unknown split", {
      where,
      found: String(split),
      expected: `all, ${SPLITS.join(", ")}`,
    });
  }
  checkJudges(signature, { judges, checks, where });
  return { ...definition, variants, promptsOf, prompts, repeats, split, signature, judges, checks };
}

function promptName({ source }: Instructions): string {
  return source.replace(/\.[^.]*$/, "").replace(/[^A-Za-z0-9_.-]/g, "_") || "inline";
}
