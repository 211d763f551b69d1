import type { EndpointsOptions, Mode, RetryPolicy } from "../model/mod.ts";
import type { LookUp } from "./look_up.ts";
import type { Manifest } from "./manifest.ts";
import type { Observation } from "./observation.ts";
import type { Plan, Selection } from "./plan.ts";

/** What happens during `evaluate()`, for a progress display. */
export type RunEvent =
  | {
    type: "planned";
    manifest: Manifest;
    folder: string;
    mode: Mode;
    plan: Plan;
    found: LookUp;
    resumed: number;
    recordedOn: readonly string[];
  }
  | { type: "observation"; observation: Observation; done: number; total: number }
  | { type: "warning"; text: string };

/** Options of `evaluate()`. */
export interface EvaluateOptions extends Selection {
  /** Where replies may come from. @default {"auto"} */
  mode?: Mode;
  /** Goes on with a run: its id, or `true` for the task's latest. The run keeps its own selection. */
  resume?: string | true;
  /** Requests in flight per endpoint. @default {what each endpoint takes} */
  concurrency?: number;
  /** A variant or cell that the run must have, because it will be compared with it. */
  baseline?: string;
  /** No case is begun once live calls have cost this much, USD. Needs known prices. */
  budgetUsd?: number;
  /** Folder of what runs make. @default {".assay"} */
  stateFolder?: string;
  /** Time and size limits of replies, environment. */
  endpoints?: Omit<EndpointsOptions, "concurrency">;
  /** How failed requests are repeated. */
  policy?: Partial<RetryPolicy>;
  /** Ends the run at once; it can be resumed. */
  signal?: AbortSignal;
  /** Commit of the code, for the manifest. */
  codeCommit?: Promise<string | undefined>;
  /** Told what happens. */
  onEvent?: (event: RunEvent) => void;
}
