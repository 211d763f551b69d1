import type { FieldVerdict } from "../../aggregate/mod.ts";
import type { Call } from "../../model/mod.ts";
import type { Forecast, Prediction, Program, Scope } from "../types.ts";

/** What samples came to, before anything is decided from it. */
export interface Sampled<I, O> {
  input: I;
  scope: Scope;
  /** The program that was sampled. */
  program: Program<I, O>;
  /** A value for each field that has one; where a number has several modes, the centre of the largest. */
  output: O;
  /** How the samples agree, by field. */
  verdicts: Readonly<Record<string, FieldVerdict>>;
  /** Fields whose verdict is not stable. */
  unstable: readonly string[];
}

/** What is done with an output in view of its agreement and spread. */
export type Decision<O> =
  & { calls?: readonly Call[]; note?: Readonly<Record<string, unknown>> }
  & (
    | { status: "ok"; output: O; action?: string }
    | { status: "abstained"; reason: string }
    | { status: "failed"; failure: Extract<Prediction<O>, { status: "failed" }>["failure"] }
  );

/**
 * Decides what becomes of a sampled output. A new policy is one file: a function that returns this.
 */
export interface UnstablePolicy<I, O> {
  readonly name: string;
  /** Everything that changes its decisions. */
  describe(): Readonly<Record<string, unknown>>;
  decide(sampled: Sampled<I, O>): Decision<O> | Promise<Decision<O>>;
  /** What deciding may cost. @default {no call} */
  forecast?(program: Program<I, O>): Forecast;
}
