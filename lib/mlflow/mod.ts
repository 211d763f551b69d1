/**
 * MLflow: a thin client of its REST interface, a real server on this machine, and sending runs to it.
 *
 * @module
 */
export type { ArtifactContent } from "./artifacts.ts";
export { createMlflowClient, type MlflowClient, type MlflowClientOptions } from "./client.ts";
export type { MlflowFetch } from "./direct_fetch.ts";
export { type NewRun, RUN_KEY } from "./ensure_run.ts";
export { MlflowError } from "./faults.ts";
export { LIMITS, mlflowKey } from "./limits.ts";
export type { RepeatPolicy } from "./requests.ts";
export { findMlflow, MLFLOW_SERVER, startMlflow, type StartMlflowOptions, stopMlflow } from "./server.ts";
export type { MlflowStateOptions, RunningMlflow } from "./server_state.ts";
export { isSent, type SyncedRun, type SyncOptions, syncRun } from "./sync.ts";
export {
  type MetricPoint,
  type MlflowRun,
  type MlflowRunStatus,
  RUN_STATUSES,
  type RunData,
} from "./types.ts";
