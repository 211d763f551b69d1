import type { CellSummary, RunSummary } from "../experiment/mod.ts";
import { CATEGORIES } from "../scoring/mod.ts";
import type { MlflowRunStatus } from "./types.ts";

/** What MLflow is told about one cell of a run. */
export interface CellRecord {
  /** `<run id>:<cell id>`. */
  key: string;
  /** Label in lists and charts: `variant/prompt @ model`. */
  name: string;
  status: MlflowRunStatus;
  /** ms since 1970; those of the whole run. */
  startTimeMs: number;
  endTimeMs: number;
  params: Readonly<Record<string, string>>;
  /** By name; one that is not known is left out, never 0. */
  metrics: Readonly<Record<string, number>>;
  tags: Readonly<Record<string, string>>;
}

/**
 * What MLflow is told about one cell. All numbers are those of the summary.
 *
 * @param user Who sends it.
 */
export function cellRecord(summary: RunSummary, cell: CellSummary, user: string): CellRecord {
  const { manifest } = summary;
  return {
    key: `${manifest.id}:${cell.id}`,
    name: `${cell.variant}/${cell.prompt} @ ${cell.model}`,
    status: statusOf(summary, cell),
    startTimeMs: Date.parse(summary.startedAt),
    endTimeMs: Date.parse(summary.endedAt),
    params: paramsOf(summary, cell),
    metrics: metricsOf(cell),
    tags: tagsOf(summary, cell, user),
  };
}

/** A cell that has all its observations is finished, however the run went on for the others. */
function statusOf({ status }: RunSummary, { observed, planned }: CellSummary): MlflowRunStatus {
  if (observed >= planned) return "FINISHED";
  switch (status) {
    case "complete":
      return "FINISHED";
    case "interrupted":
    case "budget":
      return "KILLED";
    case "stopped":
      return "FAILED";
  }
}

function paramsOf(
  { manifest }: RunSummary,
  { id, variant, prompt, model }: CellSummary,
): Record<string, string> {
  const { digests, selection, codeCommit } = manifest;
  const about = manifest.cells.find((cell) => cell.id === id);
  const known = {
    task: manifest.task,
    variant,
    prompt,
    model,
    structure: about?.structure,
    price: about?.price,
    dataset_digest: digests.dataset,
    signature_digest: digests.signature,
    prompt_digest: digests.prompts[prompt],
    variant_digest: digests.variants[variant],
    model_digest: digests.models[model],
    cases: String(manifest.cases),
    repeats: String(manifest.repeats),
    seed: String(manifest.seed),
    mode: manifest.mode,
    split: selection.split,
    code_commit: codeCommit,
  };
  return defined(known);
}

function metricsOf(cell: CellSummary): Record<string, number> {
  const { accuracy, categories, fields, metrics, latencyMs, costUsd, tokens, calls } = cell;
  const failures = CATEGORIES.filter((category) => category !== "correct");
  const prefixed = (prefix: string, entries: readonly (readonly [string, number])[]) =>
    Object.fromEntries(entries.map(([name, value]) => [`${prefix}/${name}`, value]));
  const means = Object.entries(metrics).flatMap(([name, { mean, errors }]): [string, number][] => [
    ...(mean === null ? [] : [[`${name}/mean`, mean] satisfies [string, number]]),
    [`${name}/errors`, errors],
  ]);
  return {
    accuracy: accuracy.rate,
    accuracy_low: accuracy.interval[0],
    accuracy_high: accuracy.interval[1],
    n_observations: cell.observed,
    n_correct: categories.correct,
    n_cases: cell.cases,
    ...prefixed("failure", failures.map((category) => [category, categories[category]] as const)),
    ...prefixed("field", Object.entries(fields).map(([name, { rate }]) => [name, rate] as const)),
    ...Object.fromEntries(means),
    ...(latencyMs && { "latency/p50_s": latencyMs.p50 / 1000, "latency/p95_s": latencyMs.p95 / 1000 }),
    ...(costUsd !== null && { "cost/usd_total": costUsd }),
    "cost/usd_incurred": cell.incurredUsd,
    "tokens/input": tokens.input,
    "tokens/cached": tokens.cached,
    "tokens/output": tokens.output,
    "tokens/reasoning": tokens.reasoning,
    "tokens/total": tokens.input + tokens.output,
    "tokens/unknown_calls": tokens.unknownCalls,
    "calls/total": calls.total,
    "calls/live": calls.live,
    "calls/cache": calls.cache,
    "calls/recording": calls.recording,
    "calls/failed_attempts": calls.failedAttempts,
    "calls/corrections": calls.corrections,
  };
}

function tagsOf(
  { manifest, status }: RunSummary,
  { id, variant, prompt, model, observed, planned, costUsd }: CellSummary,
  user: string,
): Record<string, string> {
  const commit = manifest.codeCommit;
  return defined({
    kind: "eval",
    variant,
    prompt,
    model,
    "assay.run_id": manifest.id,
    "assay.cell": id,
    "assay.status": status,
    "assay.observed": `${observed} of ${planned}`,
    "assay.cost": costUsd === null ? "unknown" : "known",
    "mlflow.user": user,
    "mlflow.source.name": `deno task eval ${manifest.task}`,
    "mlflow.source.type": "LOCAL",
    "mlflow.source.git.commit": commit?.replace(/\+$/, ""),
    "mlflow.source.git.dirty": commit && String(commit.endsWith("+")),
  });
}

function defined(record: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(record).flatMap(([key, value]) =>
      value === undefined || value === "" ? [] : [[key, value]]
    ),
  );
}
