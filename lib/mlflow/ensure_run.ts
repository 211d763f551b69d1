import { z } from "zod";
import { pairsOf } from "./batches.ts";
import { cutTo, LIMITS } from "./limits.ts";
import type { SendOnce } from "./requests.ts";
import { type MlflowRun, readAs, RUN } from "./types.ts";

/** Tag that says which run is whose: MLflow makes run ids itself, so a repeated create would make a second run. */
export const RUN_KEY = "assay.run_key";

/** A run to be made, unless it is there. */
export interface NewRun {
  experimentId: string;
  /** Unique among the runs of the experiment, at most 8000 characters; kept as the tag `assay.run_key`. */
  key: string;
  /** Label of its bars in charts. */
  name: string;
  /** ms since 1970. */
  startTimeMs: number;
  tags?: Readonly<Record<string, string>>;
}

/**
 * The active run of a key, made when there is none. A second one, which a create leaves whose answer came too late,
 * goes to MLflow's bin.
 */
export async function ensureRun(send: SendOnce, run: NewRun): Promise<MlflowRun> {
  const { experimentId, key, startTimeMs } = run;
  const [found, ...surplus] = await runsOf(send, experimentId, key);
  for (const { id } of surplus) await send("POST", "/api/2.0/mlflow/runs/delete", { json: { run_id: id } });
  if (found) return found;
  const name = cutTo(run.name.replace(/\p{Cc}/gu, " ").trim(), LIMITS.runName);
  const tags = { ...run.tags, [RUN_KEY]: key, "mlflow.runName": name };
  const user = run.tags?.["mlflow.user"];
  const answer = await send("POST", "/api/2.0/mlflow/runs/create", {
    json: {
      experiment_id: experimentId,
      run_name: name,
      start_time: Math.round(startTimeMs),
      tags: pairsOf(tags, LIMITS.tagValue),
      ...(user !== undefined && { user_id: user }),
    },
  });
  return readAs(z.object({ run: RUN }), answer).run;
}

/** All active runs that a filter finds, over all pages. */
export async function searchRuns(
  send: SendOnce,
  experimentIds: readonly string[],
  filter: string,
): Promise<MlflowRun[]> {
  const page = z.object({ runs: z.array(RUN).default([]), next_page_token: z.string().optional() });
  const found: MlflowRun[] = [];
  for (let token: string | undefined = ""; token !== undefined;) {
    const answer = await send("POST", "/api/2.0/mlflow/runs/search", {
      json: {
        experiment_ids: experimentIds,
        filter,
        run_view_type: "ACTIVE_ONLY",
        max_results: 1000,
        ...(token !== "" && { page_token: token }),
      },
    });
    const { runs, next_page_token } = readAs(page, answer);
    found.push(...runs);
    token = next_page_token || undefined;
  }
  return found;
}

async function runsOf(send: SendOnce, experimentId: string, key: string): Promise<MlflowRun[]> {
  // a filter's text has no escape for quotes: LIKE with one wildcard each, then the exact comparison here
  const filter = key.includes("'")
    ? `tags.\`${RUN_KEY}\` LIKE '${key.replaceAll("'", "_")}'`
    : `tags.\`${RUN_KEY}\` = '${key}'`;
  const runs = await searchRuns(send, [experimentId], filter);
  return runs.filter(({ tags }) => tags[RUN_KEY] === key).sort((a, b) => (a.id < b.id ? -1 : 1));
}
