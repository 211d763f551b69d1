import { z } from "zod";
import { MlflowError } from "./faults.ts";

/** States of a run; MLflow answers 200 to any other and changes nothing. */
export const RUN_STATUSES = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"] as const;

/** One of {@linkcode RUN_STATUSES}. */
export type MlflowRunStatus = typeof RUN_STATUSES[number];

/** A run as MLflow keeps it. */
export interface MlflowRun {
  id: string;
  experimentId: string;
  name: string;
  status: string;
  /** `active`, or `deleted` for one in the bin. */
  lifecycleStage: string;
  /** Where its artifacts are kept. */
  artifactUri: string;
  metrics: Readonly<Record<string, number>>;
  params: Readonly<Record<string, string>>;
  tags: Readonly<Record<string, string>>;
}

/** A value of a metric at one time. */
export interface MetricPoint {
  value: number;
  /** ms since 1970. */
  timestampMs: number;
  /** Place in a series. @default {0} */
  step?: number;
}

/** What {@linkcode MlflowClient.logBatch} writes. */
export interface RunData {
  metrics?: Readonly<Record<string, MetricPoint>>;
  /** Write-once: the same value may be sent again, another one is refused. */
  params?: Readonly<Record<string, string>>;
  tags?: Readonly<Record<string, string>>;
}

const pairs = z.array(z.object({ key: z.string(), value: z.string().default("") })).default([])
  .transform((list) => Object.fromEntries(list.map(({ key, value }) => [key, value])));

const metricValue = z.union([z.number(), z.string().transform(Number)]); // "NaN" comes as a text

const metrics = z.array(z.object({ key: z.string(), value: metricValue })).default([])
  .transform((list) => Object.fromEntries(list.map(({ key, value }) => [key, value])));

/** Reads a run of an answer. */
export const RUN = z.object({
  info: z.object({
    run_id: z.string(),
    experiment_id: z.string(),
    run_name: z.string().default(""),
    status: z.string(),
    lifecycle_stage: z.string().default("active"),
    artifact_uri: z.string().default(""),
  }),
  data: z.object({ metrics, params: pairs, tags: pairs }),
}).transform(({ info, data }): MlflowRun => ({
  id: info.run_id,
  experimentId: info.experiment_id,
  name: info.run_name,
  status: info.status,
  lifecycleStage: info.lifecycle_stage,
  artifactUri: info.artifact_uri,
  ...data,
}));

/** Reads an experiment of an answer. */
export const EXPERIMENT = z.object({
  experiment_id: z.string(),
  lifecycle_stage: z.string().default("active"),
  tags: pairs,
});

/** Reads an answer by its schema; a server that answers otherwise is no MLflow server, or too new a one. */
export function readAs<S extends z.ZodType>(schema: S, answer: unknown): z.output<S> {
  const read = schema.safeParse(answer);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new MlflowError(`An answer is not what MLflow sends: ${issue?.path.join(".")}: ${issue?.message}`);
}
