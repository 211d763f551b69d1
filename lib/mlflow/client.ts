import { z } from "zod";
import { InputError } from "../io/mod.ts";
import { type Clock, SYSTEM_CLOCK } from "../model/mod.ts";
import { type ArtifactContent, uploadArtifact } from "./artifacts.ts";
import { batchesOf } from "./batches.ts";
import { readAccess } from "./credentials.ts";
import { directFetch, type MlflowFetch } from "./direct_fetch.ts";
import { ensureExperiment } from "./ensure_experiment.ts";
import { ensureRun, type NewRun, searchRuns } from "./ensure_run.ts";
import { MlflowError } from "./faults.ts";
import { cutTo, LIMITS } from "./limits.ts";
import { repeating, type RepeatPolicy, requester } from "./requests.ts";
import { type MlflowRun, type MlflowRunStatus, readAs, RUN, RUN_STATUSES, type RunData } from "./types.ts";

/** Options of {@linkcode createMlflowClient}. */
export interface MlflowClientOptions {
  /** Address of the server, e.g. `http://127.0.0.1:5000`. */
  uri: string;
  /** Sends a request. @default {past the proxy to this machine, else as the environment says} */
  fetch?: MlflowFetch;
  /** Looks up an environment variable, for the credentials. @default {Deno.env.get} */
  env?: (name: string) => string | undefined;
  /** How failed requests are repeated. @default {6 times, after 0.5 s, 1 s, … at most 15 s} */
  policy?: Partial<RepeatPolicy>;
  /** @default {SYSTEM_CLOCK} */
  clock?: Clock;
  /** Longest time of one attempt, ms. @default {60_000} */
  timeoutMs?: number;
  /** Ends all work at once. */
  signal?: AbortSignal;
}

/** A thin client of MLflow's REST interface. Everything in it may be done twice and then counts once. */
export interface MlflowClient {
  /** Address of the server, without credentials. */
  readonly uri: string;
  /** Throws an InputError unless an MLflow server answers. */
  check(): Promise<void>;
  /** Id of an experiment, which is made where it is missing and restored where it was deleted. Tags that it has stay. */
  ensureExperiment(name: string, tags?: Readonly<Record<string, string>>): Promise<string>;
  /** The run with the key, which is made where it is missing. */
  ensureRun(run: NewRun): Promise<MlflowRun>;
  /** Writes metrics, params and tags; returns the names of metrics left out, for being no finite number. */
  logBatch(runId: string, data: RunData): Promise<string[]>;
  /** Sets status and end, ms since 1970. */
  updateRun(
    runId: string,
    change: { status: MlflowRunStatus; endTimeMs?: number; name?: string },
  ): Promise<void>;
  /** Writes a file of a run, in place of one that has its path. */
  uploadArtifact(run: MlflowRun, path: string, content: ArtifactContent): Promise<void>;
  /** All active runs that a filter finds; MLflow's filter language knows AND only. */
  searchRuns(experimentIds: readonly string[], filter?: string): Promise<MlflowRun[]>;
  /** A run by its id, deleted ones too; `undefined` when the server does not know it. */
  findRun(runId: string): Promise<MlflowRun | undefined>;
}

const POLICY: RepeatPolicy = { retries: 6, backoffMs: 500, longestWaitMs: 15_000 };

/**
 * Makes a client. Nothing is sent yet.
 *
 * @throws InputError for an address that is no `http(s)://` one.
 * @example Usage
 * ```ts ignore
 * import { createMlflowClient } from "@lib/mlflow/mod.ts";
 *
 * const client = createMlflowClient({ uri: "http://127.0.0.1:5000" });
 * const experimentId = await client.ensureExperiment("assay/ticket_triage");
 * const runs = await client.searchRuns([experimentId], "metrics.accuracy > 0.8");
 * ```
 */
export function createMlflowClient(options: MlflowClientOptions): MlflowClient {
  const { fetch = directFetch, clock = SYSTEM_CLOCK, timeoutMs = 60_000, signal } = options;
  const access = readAccess(options.uri, options.env ?? ((name) => Deno.env.get(name)));
  const { uri } = access;
  const send = requester(access, { fetch, timeoutMs, ...(signal && { signal }) });
  const policy = { ...POLICY, ...options.policy };
  const repeat = <T>(work: () => Promise<T>, retries = policy.retries) =>
    repeating(work, { policy: { ...policy, retries }, clock, uri, ...(signal && { signal }) });
  const post = (path: string, json: unknown) =>
    repeat(() => send("POST", `/api/2.0/mlflow/${path}`, { json }));

  return {
    uri,
    async check() {
      try {
        await repeat(
          () => send("POST", "/api/2.0/mlflow/experiments/search", { json: { max_results: 1 } }),
          1,
        );
      } catch (error) {
        if (!(error instanceof MlflowError) || error.passing) throw error;
        throw new InputError("There is no MLflow server at this address", {
          where: uri,
          found: error.message,
          fix: "deno task mlflow starts one on this machine; MLFLOW_TRACKING_URI names another",
          cause: error,
        });
      }
    },
    ensureExperiment: (name, tags = {}) => repeat(() => ensureExperiment(send, name, tags)),
    ensureRun: (run) => repeat(() => ensureRun(send, run)),
    async logBatch(runId, data) {
      const { batches, leftOut } = batchesOf(data);
      for (const batch of batches) await post("runs/log-batch", { run_id: runId, ...batch });
      return leftOut;
    },
    async updateRun(runId, { status, endTimeMs, name }) {
      if (!RUN_STATUSES.includes(status)) {
        throw new RangeError(`Status of a run must be one of ${RUN_STATUSES.join(", ")}: found "${status}"`);
      }
      await post("runs/update", {
        run_id: runId,
        status,
        ...(endTimeMs !== undefined && { end_time: Math.round(endTimeMs) }),
        ...(name !== undefined && { run_name: cutTo(name, LIMITS.runName) }),
      });
    },
    uploadArtifact: (run, path, content) => repeat(() => uploadArtifact(send, run, path, content)),
    searchRuns: (experimentIds, filter = "") => repeat(() => searchRuns(send, experimentIds, filter)),
    findRun: (runId) =>
      repeat(async () => {
        try {
          const answer = await send("GET", "/api/2.0/mlflow/runs/get", { query: { run_id: runId } });
          return readAs(z.object({ run: RUN }), answer).run;
        } catch (error) {
          if (error instanceof MlflowError && error.code === "RESOURCE_DOES_NOT_EXIST") return undefined;
          throw error;
        }
      }),
  };
}
