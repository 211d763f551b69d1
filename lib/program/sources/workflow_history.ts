import type { ContextSource } from "./source.ts";

/** Options of {@linkcode workflowHistory}. */
export interface WorkflowHistoryOptions {
  /** Only these calls. @default {all} */
  calls?: readonly string[];
}

/** Outputs of the named calls of the workflow that were finished before this one, a block each, in order. */
export function workflowHistory({ calls }: WorkflowHistoryOptions = {}): ContextSource {
  return {
    name: "workflowHistory",
    describe: () => ({ ...(calls && { calls }) }),
    gather(_input, { history = [] }) {
      const shown = history.filter(({ name }) => calls === undefined || calls.includes(name));
      return {
        status: "ok",
        blocks: shown.map(({ name, output }) => ({
          title: `Result of the step ${name}`,
          text: JSON.stringify(output),
        })),
      };
    },
  };
}
