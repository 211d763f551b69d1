/**
 * Programs made better on cases: worked examples, a search over them, instructions rewritten from failures.
 *
 * @module
 */
export {
  type ArtifactFile,
  artifactText,
  makeArtifact,
  type Provenance,
  type TriedCandidate,
} from "./artifact.ts";
export { type Bench, createBench, type RunOptions } from "./bench.ts";
export { compareTrials, comparisonText } from "./compare_trials.ts";
export type { Cost } from "./cost.ts";
export type { Pool } from "./demo_pool.ts";
export { optimize, type Optimized } from "./optimize.ts";
export { bootstrapFewShot, type BootstrapOptions } from "./optimizers/bootstrap.ts";
export { reflectiveInstructions, type ReflectOptions } from "./optimizers/reflect.ts";
export { bootstrapSearch, type SearchOptions } from "./optimizers/search.ts";
export { type PerCallOptions, perCallSearch } from "./optimizers/per_call.ts";
export type { Gain } from "./per_call/gain.ts";
export type { CallMeasure, WorkflowMeasure } from "./per_call/measure.ts";
export type { PerCallReport, TriedStrengthening } from "./per_call/report.ts";
export { onModel, reasoning, type Strengthening, voting } from "./per_call/strengthening.ts";
export { OPTIMIZERS } from "./registry.ts";
export { seededOrder } from "./seeded_order.ts";
export type {
  Candidate,
  CaseRun,
  Choice,
  Comparison,
  Limits,
  OptimizeEvent,
  Optimizer,
  OptimizeSetting,
  Scorer,
  Teacher,
  Trial,
} from "./types.ts";
