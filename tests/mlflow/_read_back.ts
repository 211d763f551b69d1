import { ensureVenv } from "@lib/io/mod.ts";
import { MLFLOW_SERVER } from "@lib/mlflow/mod.ts";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

/** A run as MLflow's own Python client finds it. */
export interface FoundRun {
  id: string;
  name: string;
  status: string;
  /** ms since 1970. */
  start: number;
  end: number;
  params: Record<string, string>;
  metrics: Record<string, number>;
  tags: Record<string, string>;
  /** Points in the history of some metrics. */
  points: Record<string, number>;
  /** Text of each artifact. */
  files: Record<string, string>;
}

/** An experiment with all its runs, deleted ones too. */
export interface FoundExperiment {
  id: string;
  stage: string;
  tags: Record<string, string>;
  runs: FoundRun[];
}

/** Reads experiments with MLflow's own Python client. */
export async function readBack(uri: string, ...names: string[]): Promise<FoundExperiment[]> {
  const { python } = await ensureVenv({ packages: [MLFLOW_SERVER] });
  const args = [fileURLToPath(new URL("read_back.py", import.meta.url)), uri, ...names];
  const env = { PYTHONDONTWRITEBYTECODE: "" }; // compiled once, not at each call
  const { success, stdout, stderr } = await new Deno.Command(python, { args, env }).output();
  assert(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}
