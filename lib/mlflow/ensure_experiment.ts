import { z } from "zod";
import { pairsOf } from "./batches.ts";
import { MlflowError } from "./faults.ts";
import { LIMITS } from "./limits.ts";
import type { SendOnce } from "./requests.ts";
import { EXPERIMENT, readAs } from "./types.ts";

type Experiment = z.infer<typeof EXPERIMENT>;

/**
 * Id of the experiment of a name. A deleted one keeps its name taken, so it is restored; one that another process
 * makes at the same time is used.
 */
export async function ensureExperiment(
  send: SendOnce,
  name: string,
  tags: Readonly<Record<string, string>>,
): Promise<string> {
  if (name === "" || name.length > LIMITS.experimentName) {
    throw new RangeError(
      `Name of an experiment must have 1 to ${LIMITS.experimentName} characters: found ${name.length}`,
    );
  }
  const wanted = pairsOf(tags, LIMITS.experimentTagValue);
  const found = await byName(send, name) ?? await create(send, name, wanted) ?? await byName(send, name);
  if (found === undefined) {
    throw new MlflowError(`Experiment ${name} exists and cannot be found`, { passing: true, status: 409 });
  }
  const { experiment_id, lifecycle_stage, tags: present } = found;
  if (lifecycle_stage === "deleted") await restore(send, name, experiment_id);
  for (const { key, value } of wanted) {
    if (Object.hasOwn(present, key)) continue; // what people changed stays
    await send("POST", "/api/2.0/mlflow/experiments/set-experiment-tag", {
      json: { experiment_id, key, value },
    });
  }
  return experiment_id;
}

async function byName(send: SendOnce, name: string): Promise<Experiment | undefined> {
  try {
    const answer = await send("GET", "/api/2.0/mlflow/experiments/get-by-name", {
      query: { experiment_name: name },
    });
    return readAs(z.object({ experiment: EXPERIMENT }), answer).experiment;
  } catch (error) {
    if (error instanceof MlflowError && error.code === "RESOURCE_DOES_NOT_EXIST") return undefined;
    throw error;
  }
}

async function create(
  send: SendOnce,
  name: string,
  tags: readonly { key: string; value: string }[],
): Promise<Experiment | undefined> {
  try {
    const answer = await send("POST", "/api/2.0/mlflow/experiments/create", { json: { name, tags } });
    const { experiment_id } = readAs(z.object({ experiment_id: z.string() }), answer);
    const present = Object.fromEntries(tags.map(({ key, value }) => [key, value]));
    return { experiment_id, lifecycle_stage: "active", tags: present };
  } catch (error) {
    if (error instanceof MlflowError && error.code === "RESOURCE_ALREADY_EXISTS") return undefined;
    throw error;
  }
}

async function restore(send: SendOnce, name: string, experiment_id: string): Promise<void> {
  try {
    await send("POST", "/api/2.0/mlflow/experiments/restore", { json: { experiment_id } });
  } catch (error) {
    // MLflow says that there is none once it is active: another process was faster
    if ((await byName(send, name))?.lifecycle_stage !== "active") throw error;
  }
}
