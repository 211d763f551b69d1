import { InputError } from "../io/mod.ts";
import type { ModelSpec } from "../model/mod.ts";
import { predict, type Prediction, type Program, type Scope } from "../program/mod.ts";
import type { Signature } from "../signature/mod.ts";

/** Who is asked, and how. */
export interface PanelOptions {
  /** The models that are asked, each once; several are a panel. */
  models: readonly ModelSpec[];
  /** In place of the models' own temperature. @default {0} */
  temperature?: number;
  /** Most output tokens a call. @default {160} */
  maxTokens?: number;
  /** Wraps the call to each model in another strategy. */
  strategy?: (program: Program) => Program;
}

/** The program that each model of a panel runs, and what of the panel changes its verdicts. */
export interface Panel<O> {
  program: Program<Record<string, unknown>, O>;
  describe: () => { models: readonly unknown[]; program: unknown };
}

/**
 * Makes the program of a panel.
 *
 * @throws InputError for no model, and for a model twice.
 */
export function panelOf<O>(
  signature: Signature<Record<string, unknown>, O>,
  { models, temperature = 0, maxTokens = 160, strategy = (program) => program }: PanelOptions,
): Panel<O> {
  const where = `signature ${JSON.stringify(signature.name)}`;
  if (models.length === 0) {
    throw new InputError("A judge needs a model", { where, fix: 'models: [local("qwen2.5-coder-1.5b")]' });
  }
  const twice = models.find(({ name }, index) => models.findIndex((model) => model.name === name) !== index);
  if (twice) {
    throw new InputError("A judge asks a model twice", {
      where,
      found: twice.name,
      expected: "each once: the same request gets the same reply",
    });
  }
  const call = predict(signature, { temperature, maxTokens });
  // a strategy keeps the signature of what it wraps
  const program = strategy(call as unknown as Program) as unknown as Program<Record<string, unknown>, O>;
  return {
    program,
    describe: () => ({ models: models.map(describeModel), program: program.describe() }),
  };
}

/** What of a model changes its verdicts. */
function describeModel({ name, structure, sampling, sendsSeed, tokenLimit }: ModelSpec) {
  return { name, structure, sampling, sendsSeed, tokenLimit };
}

/** What one model of a panel said. */
export interface PanelAnswer<O> {
  model: string;
  prediction: Prediction<O>;
}

/** Asks every model of a panel at once, and waits for all of them: what was begun is paid for. */
export async function askPanel<O>(
  models: readonly ModelSpec[],
  scope: Scope,
  ask: (scope: Scope) => Promise<Prediction<O>>,
): Promise<PanelAnswer<O>[]> {
  const several = models.length > 1;
  const asked = await Promise.allSettled(models.map((spec) => {
    const path = several ? [...scope.path, spec.name] : scope.path;
    return Promise.try(() => ask({ ...scope, model: scope.open(spec), path }));
  }));
  return asked.map((entry, index) => {
    if (entry.status === "rejected") throw entry.reason;
    return { model: models[index]?.name ?? "", prediction: entry.value };
  });
}

/**
 * The answer of a panel: that of more than half of its models, those without a verdict included, with the reason
 * of the first of them. Without such a majority it fails as the first model that failed, else it abstains: a tie.
 */
export function settle<O>(
  answers: readonly PanelAnswer<O>[],
  verdictOf: (output: O) => string,
): Prediction<O> {
  const calls = answers.flatMap(({ prediction }) => prediction.calls);
  const [only] = answers;
  if (only && answers.length === 1) return only.prediction;
  const diagnostics = { panel: answers.map(recordOf) };
  const given = answers.flatMap(({ prediction }) => prediction.status === "ok" ? [prediction.output] : []);
  const chosen = given.find((output) => {
    const votes = given.filter((other) => verdictOf(other) === verdictOf(output)).length;
    return votes > answers.length / 2;
  });
  if (chosen !== undefined) return { status: "ok", output: chosen, diagnostics, calls };
  for (const { model, prediction } of answers) {
    if (prediction.status !== "failed") continue;
    const failure = { ...prediction.failure, message: `${model}: ${prediction.failure.message}` };
    return { status: "failed", failure, diagnostics, calls };
  }
  const votes = answers.map(({ model, prediction }) =>
    `${model}: ${prediction.status === "ok" ? verdictOf(prediction.output) : "abstained"}`
  );
  return { status: "abstained", reason: `tie (${votes.join(", ")})`, diagnostics, calls };
}

/** What one model said, without its requests: those stand beside it. */
function recordOf<O>({ model, prediction: { calls: _calls, ...rest } }: PanelAnswer<O>) {
  return { model, ...rest };
}
