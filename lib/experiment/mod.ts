/**
 * The matrix of variants, models, prompts and repeats: planned, run, kept in a journal, summed up.
 *
 * @module
 */
export { againstBaseline, type BaselineChange } from "./against_baseline.ts";
export type { CallSummary } from "./call_tally.ts";
export { type Compilation, type CompileEvent, type CompileOptions, compileTask } from "./compile.ts";
export { type Experiment, experiment, type ExperimentDefinition } from "./definition.ts";
export { evaluate, type Evaluation } from "./evaluate.ts";
export type { EvaluateOptions, RunEvent } from "./evaluate_options.ts";
export { firstRequests, type ShownRequest } from "./first_request.ts";
export { accuracyGate, type GateResult } from "./gate.ts";
export { JOURNAL, Journal, type JournalLine, readJournal, type RunStatus } from "./journal.ts";
export { DATASETS, listTasks, loadTask, openTask, type Task } from "./load_task.ts";
export { FAILURES, keepFailures, type KeptFailure, readFailures } from "./failures.ts";
export { type LookUp, lookUp } from "./look_up.ts";
export { checkUnchanged, type Manifest, manifestOf, readManifest, writeManifest } from "./manifest.ts";
export type { NamedCalls, NamedCallSummary } from "./named_calls.ts";
export { allCalls, type Observation, observationKey, type StoredPrediction } from "./observation.ts";
export type { Cell } from "./cells.ts";
export { type Digests, type Plan, planRun, type Selection } from "./plan.ts";
export type { Rate } from "./rates.ts";
export type { Opener } from "./opener.ts";
export { type SampledNumber, sampledNumbers } from "./sampled_numbers.ts";
export { usedExamples } from "./used_examples.ts";
export { findRun, type HeldRun, holdRun, listRuns, newRunId } from "./run_folder.ts";
export { type RunEnd, type RunnerOptions, runPlan, type StoppedEndpoint } from "./runner.ts";
export { type Scaffold, type ScaffoldOptions, scaffoldTask } from "./scaffold/scaffold_task.ts";
export { type CellSummary, type JudgeSummary, type RunSummary, summarizeRun } from "./summary.ts";
