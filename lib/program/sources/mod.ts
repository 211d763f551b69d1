/**
 * Where context may come from. A new source is its file and one line here.
 *
 * @module
 */
export { derived } from "./derived.ts";
export { priorOutputs, type PriorOutputsOptions } from "./prior_outputs.ts";
export type { ContextSource, Gathered } from "./source.ts";
export { userState } from "./user_state.ts";
export { workflowHistory, type WorkflowHistoryOptions } from "./workflow_history.ts";
