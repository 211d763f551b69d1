/**
 * Strategies as composable functions: each takes a signature or a program and returns a program.
 * A new strategy is one file and one line here.
 *
 * @module
 */
export { chainOfThought, type ChainOfThoughtOptions } from "./chain_of_thought.ts";
export { predict, type PredictOptions } from "./predict.ts";
export type { Diagnostics, Failure, Prediction, Program, ProgramDescription, Scope } from "./types.ts";
export {
  type Assignment,
  CallFailedError,
  type CallFunction,
  type Calls,
  type ProgramInput,
  type ProgramOutput,
  type Workflow,
  workflow,
  type WorkflowDefinition,
} from "./workflow.ts";
