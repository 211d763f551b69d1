import type { Call, FaultKind, Model, ModelSpec } from "../model/mod.ts";
import type { Instructions, Signature } from "../signature/mod.ts";

/** Why a prediction failed. Provider faults keep their kind; reply faults are the model's own. */
export interface Failure {
  kind: FaultKind | "format" | "truncated" | "refused" | "empty";
  /** One line for people. */
  message: string;
  /** Field at fault, for `format`. */
  path?: string;
}

/** What a program says about how it came to its output; strategies add members of their own. */
export type Diagnostics = Readonly<Record<string, unknown>>;

/** What a program made of an input. */
export type Prediction<O> =
  & { diagnostics: Diagnostics; calls: readonly Call[] }
  & (
    | { status: "ok"; output: O }
    | { status: "abstained"; reason: string }
    | { status: "failed"; failure: Failure }
  );

/** What a program runs in: model, sample, limits, and its place in the trace. Nothing is global. */
export interface Scope {
  /** The model of calls that name no other. */
  model: Model;
  /** Opens another model, for calls that name one. */
  open: (spec: ModelSpec) => Model;
  /** Index of the independent sample. */
  rollout: number;
  /** Seed of the run. */
  seed: number;
  /** Names of the calls round this one, outermost first. */
  path: readonly string[];
  /** Instructions in place of a signature's own, by signature name. */
  prompts?: Readonly<Record<string, Instructions>>;
  /** Ends the run at once. */
  signal?: AbortSignal;
}

/** Stable JSON of a composition of strategies; its digest is the variant's version. */
export interface ProgramDescription {
  /** Name of the strategy, e.g. `predict`. */
  strategy: string;
  /** Digest of the signature, where the strategy has one. */
  signature?: string;
  /** Everything else that changes what the program does. */
  [member: string]: unknown;
}

/** A strategy bound to a signature. */
export interface Program<I = Record<string, unknown>, O = Record<string, unknown>> {
  readonly name: string;
  readonly signature: Signature<I, O>;
  /** Makes a prediction. Faults of models are data; it throws only when aborted, or on bad input. */
  run(input: I, scope: Scope): Promise<Prediction<O>>;
  /** Stable JSON of the whole composition. */
  describe(): ProgramDescription;
}
