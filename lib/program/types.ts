import type { Call, Embedder, EmbedderSpec, FaultKind, Model, ModelSpec } from "../model/mod.ts";
import type { ContextBlock, Demo } from "../prompt/mod.ts";
import type { Instructions, ParsedReply, Signature } from "../signature/mod.ts";
import type { Corpus } from "./retrieval/corpus.ts";

/** Why a prediction failed. Provider faults keep their kind; reply faults are the model's own. */
export interface Failure {
  kind: FaultKind | "format" | "truncated" | "refused" | "empty" | "retrieval";
  /** One line for people. */
  message: string;
  /** Field at fault, for `format`. */
  path?: string;
}

/** What a program says about how it came to its output; strategies add members of their own. */
export type Diagnostics = Readonly<Record<string, unknown>>;

/** What a program made of an input; `action` says how boldly the output may be used, where a strategy decides that. */
export type Prediction<O> =
  & { diagnostics: Diagnostics; calls: readonly Call[] }
  & (
    | { status: "ok"; output: O; action?: string }
    | { status: "abstained"; reason: string }
    | { status: "failed"; failure: Failure }
  );

/** A case of the same session that came before the one under test. */
export interface EarlierCase {
  id: string;
  input: Readonly<Record<string, unknown>>;
  /** What this variant made of it; none when it failed or abstained. */
  output?: Readonly<Record<string, unknown>>;
  /** Its ground truth; a source decides from when on it would have been known. */
  expected: Readonly<Record<string, unknown>>;
}

/** The case under test, as far as a program may know it: its own truth is never in here. */
export interface CaseContext {
  id: string;
  /** The input of the whole program, whatever a call below is asked. */
  input: Readonly<Record<string, unknown>>;
  group?: string;
  session?: string;
  /** When it arose, ISO 8601. */
  at?: string;
  /** What is known of the user beside the input, e.g. a tier. */
  state: Readonly<Record<string, unknown>>;
  /** Earlier cases of the session, oldest first. */
  earlier: readonly EarlierCase[];
}

/** A named call of a workflow that is finished. */
export interface NamedCall {
  name: string;
  input: unknown;
  output: unknown;
}

/** One reply as it was read against the signature it was asked by: a worked example where it is right. */
export interface Step {
  /** The signature of the request, fields that a strategy adds included. */
  signature: Pick<Signature, "name" | "instructions" | "input" | "output" | "inputShape" | "outputShape">;
  input: Readonly<Record<string, unknown>>;
  /** Place in the program. */
  path: readonly string[];
  parsed: ParsedReply<unknown>;
}

/** Which solved cases a program learns from. Test cases are none. */
export interface ExampleChoice {
  from: "train" | "dev";
  /** Whether the failures of earlier runs, with their truth, are among them. */
  failures: boolean;
  /** Input fields that are searched by. @default {all texts} */
  fields?: readonly string[];
}

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
  /** The case under test; none when a program is run on its own. */
  case?: CaseContext;
  /** Background for every call below. */
  context?: readonly ContextBlock[];
  /** Solved examples for the calls of a signature, by its name. */
  demos?: Readonly<Record<string, readonly Demo[]>>;
  /** Finished calls of the workflows round this one, in order. */
  history?: readonly NamedCall[];
  /** Solved cases to learn from, where there is a dataset. */
  examples?: (choice: ExampleChoice) => Corpus;
  /** Opens a model of embeddings. */
  embedder?: (spec: EmbedderSpec) => Embedder;
  /** Told of every reply that was read, as it comes. */
  onStep?: (step: Step) => void;
}

/** What one run of a program costs, known before it runs. */
export interface Forecast {
  /** Requests to models, without those that the one retry layer repeats; corrections count in `most` alone. */
  calls: { least: number; most: number };
  /** Output tokens at most: every call at its limit. */
  outputTokens: number;
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
  /** What one run costs. */
  forecast(): Forecast;
}
