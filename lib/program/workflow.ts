import { digestText } from "../io/mod.ts";
import type { Call, ModelSpec } from "../model/mod.ts";
import type { Signature } from "../signature/mod.ts";
import { describeModel } from "./describe_model.ts";
import { sumForecasts } from "./forecast.ts";
import { settleAll } from "./settle_all.ts";
import type {
  Diagnostics,
  Failure,
  NamedCall,
  Prediction,
  Program,
  ProgramDescription,
  Scope,
} from "./types.ts";

/** Input type of a program. */
export type ProgramInput<P> = P extends Program<infer I, infer _> ? I : never;
/** Output type of a program. */
export type ProgramOutput<P> = P extends Program<infer _, infer O> ? O : never;

/** Named calls of a workflow. */
export type Calls = Readonly<Record<string, Program>>;

/** Makes a named call and returns its output; throws when it fails or abstains, which ends the workflow unless caught. */
export type CallFunction<C extends Calls> = <K extends keyof C & string>(
  name: K,
  input: ProgramInput<C[K]>,
) => Promise<ProgramOutput<C[K]>>;

/** What a {@linkcode workflow} is made from. */
export interface WorkflowDefinition<I, O, C extends Calls> {
  /** Input and output of the whole; the output is validated against it. */
  signature: Signature<I, O>;
  /** The program of each named call; declared, so that the version of the workflow covers them. */
  calls: C;
  /** Plain code between the calls. */
  body: (input: I, call: CallFunction<C>) => Promise<O>;
}

/** What is put in place of a named call's own strategy or model. */
export interface Assignment {
  /** Wraps the call's program in another strategy, or replaces it. */
  strategy?: (program: Program) => Program;
  /** The model of the call, in place of the run's. */
  model?: ModelSpec;
}

/** A program of several named calls. */
export interface Workflow<I, O, C extends Calls> extends Program<I, O> {
  /** Names of its calls. */
  readonly calls: readonly string[];
  /** The program of each call, as it is assigned. */
  readonly programs: Calls;
  /** The same workflow with other strategies or models for some of its calls. */
  with(assignments: { readonly [K in keyof C]?: Assignment }): Workflow<I, O, C>;
}

/** What became of a named call, as `diagnostics.calls` of a workflow keeps it, in the order in which the calls began. */
export type CallRecord =
  & { name: string; diagnostics: Diagnostics }
  & (
    | { status: "ok"; output: unknown; action?: string }
    | { status: "abstained"; reason: string }
    | { status: "failed"; failure: Failure }
  );

/** The failure of a named call, thrown inside the body of a workflow. */
export class CallFailedError extends Error {
  override readonly name = "CallFailedError";
  constructor(readonly call: string, readonly failure: Failure) {
    super(`The call "${call}" failed: ${failure.message}`);
  }
}

/** The abstention of a named call, thrown inside the body of a workflow. */
export class CallAbstainedError extends Error {
  override readonly name = "CallAbstainedError";
  constructor(readonly call: string, readonly reason: string) {
    super(`The call "${call}" abstained: ${reason}`);
  }
}

/**
 * A program of several named calls with plain code between them. Each call keeps its own strategy, and
 * may be given another strategy or model from outside with {@linkcode Workflow.with}.
 *
 * @example Usage
 * ```ts
 * import { predict, workflow } from "@lib/program/mod.ts";
 * import { signature } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 * import { z } from "zod";
 *
 * const Words = signature({ name: "words", instructions: "", input: { text: z.string() }, output: { words: z.number() } });
 * const Long = signature({ name: "long", instructions: "", input: { text: z.string() }, output: { long: z.boolean() } });
 * const assess = workflow("assess", {
 *   signature: Long,
 *   calls: { count: predict(Words) },
 *   body: async ({ text }, call) => ({ long: (await call("count", { text })).words > 100 }),
 * });
 * assert.equal(assess.describe().strategy, "workflow");
 * ```
 */
export function workflow<I, O, C extends Calls>(
  name: string,
  definition: WorkflowDefinition<I, O, C>,
  assignments: Readonly<Record<string, Assignment>> = {},
): Workflow<I, O, C> {
  const unknown = Object.keys(assignments).find((key) => !Object.hasOwn(definition.calls, key));
  if (unknown !== undefined) {
    const known = Object.keys(definition.calls).join(", ");
    throw new RangeError(`Cannot assign to call "${unknown}" as workflow ${name} has only: ${known}`);
  }
  const programs = Object.fromEntries(
    Object.entries(definition.calls).map((
      [key, program],
    ) => [key, assignments[key]?.strategy?.(program) ?? program]),
  );
  return {
    name,
    signature: definition.signature,
    calls: Object.keys(definition.calls),
    programs,
    describe: () => describeWorkflow(name, definition, programs, assignments),
    // plain code may skip or repeat a call; the forecast takes each once
    forecast: () => sumForecasts(Object.values(programs).map((program) => program.forecast())),
    with: (more) => workflow(name, definition, mergeAssignments(assignments, more)),
    run: (input, scope) => runWorkflow(definition, programs, assignments, input, scope),
  };
}

function mergeAssignments(
  known: Readonly<Record<string, Assignment>>,
  more: { readonly [name: string]: Assignment | undefined },
): Record<string, Assignment> {
  const merged = Object.entries(more).map(([name, assignment]) => [name, { ...known[name], ...assignment }]);
  return { ...known, ...Object.fromEntries(merged) };
}

function describeWorkflow<I, O, C extends Calls>(
  name: string,
  { signature, body }: WorkflowDefinition<I, O, C>,
  programs: Calls,
  assignments: Readonly<Record<string, Assignment>>,
): ProgramDescription {
  const calls = Object.entries(programs).map(([key, program]) => [
    key,
    {
      ...program.describe(),
      ...(assignments[key]?.model && { model: describeModel(assignments[key].model) }),
    },
  ]);
  return {
    strategy: "workflow",
    name,
    signature: signature.digest,
    body: digestText(body.toString()),
    calls: Object.fromEntries(calls),
  };
}

async function runWorkflow<I, O, C extends Calls>(
  { signature, body }: WorkflowDefinition<I, O, C>,
  programs: Calls,
  assignments: Readonly<Record<string, Assignment>>,
  input: I,
  scope: Scope,
): Promise<Prediction<O>> {
  const names: string[] = [];
  const begun: Promise<Prediction<unknown>>[] = [];
  const history: NamedCall[] = [...(scope.history ?? [])];
  let over = false;
  const run = async (name: string, inner: Record<string, unknown>): Promise<Prediction<unknown>> => {
    const program = programs[name];
    if (!program) throw new RangeError(`Cannot call "${name}" as the workflow does not declare it`);
    const model = assignments[name]?.model;
    const prediction = await program.run(inner, {
      ...scope,
      path: [...scope.path, name],
      history: [...history],
      ...(model && { model: scope.open(model) }),
    });
    if (prediction.status === "ok") history.push({ name, input: inner, output: prediction.output });
    return prediction;
  };
  const call = (name: string, inner: Record<string, unknown>): Promise<unknown> => {
    if (over) return Promise.reject(new RangeError(`Cannot call "${name}" as the workflow has ended`));
    const prediction = run(name, inner);
    names.push(name);
    begun.push(prediction);
    const output = outputOf(name, prediction);
    output.catch(() => undefined); // the body may end before it looks at this one
    return output;
  };
  const [ended] = await Promise.allSettled([Promise.try(body, input, call as CallFunction<C>)]);
  over = true;
  // what the body did not wait for is paid for too; an abort or bad input counts even when the body caught it
  const predictions = await settleAll(begun);
  const calls: Call[] = predictions.flatMap((prediction) => prediction.calls);
  const diagnostics = { calls: predictions.map((entry, index) => recordOf(names[index] ?? "", entry)) };
  if (ended.status === "rejected") {
    if (ended.reason instanceof CallAbstainedError) {
      return { status: "abstained", reason: ended.reason.message, diagnostics, calls };
    }
    if (!(ended.reason instanceof CallFailedError)) throw ended.reason;
    const failure = { ...ended.reason.failure, message: ended.reason.message };
    return { status: "failed", failure, diagnostics, calls };
  }
  const checked = signature.outputSchema.safeParse(ended.value);
  if (checked.success) return { status: "ok", output: checked.data, diagnostics, calls };
  const issue = checked.error.issues[0];
  const path = issue?.path.join(".") ?? "";
  const message = `the body returned an output that does not validate: ${issue?.message ?? ""}`;
  return { status: "failed", failure: { kind: "format", path, message }, diagnostics, calls };
}

/** What became of a named call, without its requests: those stand beside it. */
function recordOf(name: string, prediction: Prediction<unknown>): CallRecord {
  const { calls: _calls, ...rest } = prediction;
  return { name, ...rest };
}

async function outputOf(name: string, running: Promise<Prediction<unknown>>): Promise<unknown> {
  const prediction = await running;
  if (prediction.status === "ok") return prediction.output;
  if (prediction.status === "abstained") throw new CallAbstainedError(name, prediction.reason);
  throw new CallFailedError(name, prediction.failure);
}
