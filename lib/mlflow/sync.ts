import { userInfo } from "node:os";
import { join } from "node:path";
import { holdRun, readManifest, summarizeRun } from "../experiment/mod.ts";
import { InputError } from "../io/mod.ts";
import { type CellRecord, cellRecord } from "./cell_record.ts";
import type { MlflowClient } from "./client.ts";
import { journalBytes, readMarker, writeMarker } from "./sent_marker.ts";
import { splitJournal } from "./split_journal.ts";

/** Options of {@linkcode syncRun}. */
export interface SyncOptions {
  /** Told of each cell that has arrived. */
  onCell?: (cell: { id: string; done: number; total: number }) => void;
  /** Who sends it, for MLflow's column of users. @default {name of the account} */
  user?: string;
  /** Ends the work between two requests; the next call goes on. */
  signal?: AbortSignal;
}

/** What {@linkcode syncRun} has sent. */
export interface SyncedRun {
  experiment: string;
  experimentId: string;
  /** MLflow's run id by cell id. */
  runs: Readonly<Record<string, string>>;
}

/** Name under which the observations of a cell are kept: MLflow's pages show `.txt`, and no `.jsonl`. */
const JOURNAL_ARTIFACT = "journal.jsonl.txt";

/**
 * Sends a run: an MLflow experiment for its task, and in it one MLflow run for each cell, with the numbers of
 * {@linkcode summarizeRun} and the observations. Sent twice, or again after it was broken off, it counts once.
 *
 * @param folder Folder of the run.
 * @throws InputError for a folder that holds no run, a damaged journal, a run that another process writes or sends.
 * @example Usage
 * ```ts ignore
 * import { createMlflowClient, syncRun } from "@lib/mlflow/mod.ts";
 *
 * const client = createMlflowClient({ uri: "http://127.0.0.1:5000" });
 * const { runs } = await syncRun(client, ".assay/runs/ticket_triage-20261124-101500-a1b2");
 * ```
 */
export async function syncRun(
  client: MlflowClient,
  folder: string,
  options: SyncOptions = {},
): Promise<SyncedRun> {
  await readManifest(folder); // before a lock file is made in a folder that holds no run
  const held = await holdRun(folder).catch((cause) => {
    if (!(cause instanceof InputError)) throw cause;
    throw new InputError("Cannot send a run that is in use", {
      where: folder,
      found: "another process writes or sends it",
      fix: "wait until that has ended, then send it again",
      cause,
    });
  });
  const scratch = join(folder, "mlflow.tmp"); // here, so that what a killed process left goes with the next
  const clear = () => Deno.remove(scratch, { recursive: true }).catch(() => undefined);
  try {
    await clear();
    await Deno.mkdir(scratch);
    return await send(client, folder, scratch, options);
  } finally {
    await clear();
    held.release();
  }
}

async function send(
  client: MlflowClient,
  folder: string,
  scratch: string,
  options: SyncOptions,
): Promise<SyncedRun> {
  const { onCell, signal, user = accountName() } = options;
  const bytes = await journalBytes(folder);
  const { task } = await readManifest(folder);
  const experiment = `assay/${task}`;
  const experimentId = await client.ensureExperiment(experiment, {
    "mlflow.experimentKind": "genai_development", // the pages for evaluations
    "mlflow.experiment.primaryMetric.name": "accuracy",
    "mlflow.experiment.primaryMetric.greaterIsBetter": "True",
  });
  const runs: Record<string, string> = {};
  if (bytes > 0) { // a run that was killed at its start has no journal
    const summary = await summarizeRun(folder);
    const journals = await splitJournal(folder, scratch);
    const manifest = join(folder, "manifest.json");
    for (const [index, cell] of summary.cells.entries()) {
      signal?.throwIfAborted();
      const files = { [JOURNAL_ARTIFACT]: journals.get(cell.id), "manifest.json": manifest };
      runs[cell.id] = await sendCell(client, experimentId, cellRecord(summary, cell, user), files);
      onCell?.({ id: cell.id, done: index + 1, total: summary.cells.length });
    }
  }
  const sentAt = new Date().toISOString();
  const marker = { sentAt, uri: client.uri, experimentId, runs, journalBytes: bytes };
  await writeMarker(folder, { format: "assay-mlflow/1", ...marker });
  return { experiment, experimentId, runs };
}

async function sendCell(
  client: MlflowClient,
  experimentId: string,
  { key, name, status, startTimeMs, endTimeMs, params, metrics, tags }: CellRecord,
  files: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const run = await client.ensureRun({ experimentId, key, name, startTimeMs, tags });
  const points = Object.entries(metrics).map(([metric, value]) =>
    [metric, { value, timestampMs: endTimeMs }] as const
  );
  await client.logBatch(run.id, { params, tags, metrics: Object.fromEntries(points) });
  for (const [path, file] of Object.entries(files)) {
    if (file !== undefined) await client.uploadArtifact(run, path, { file });
  }
  await client.updateRun(run.id, { status, endTimeMs }); // last: a run without an end was not sent whole
  return run.id;
}

/**
 * Whether a server has all of a run: it was sent, has not gone on since, and the server knows its runs. One that
 * people deleted in MLflow counts as sent, so that it does not come back by itself.
 */
export async function isSent(client: MlflowClient, folder: string): Promise<boolean> {
  const marker = await readMarker(folder);
  if (!marker || marker.journalBytes !== await journalBytes(folder)) return false;
  const [first] = Object.values(marker.runs); // the note is made when all of them have arrived
  return first === undefined || await client.findRun(first) !== undefined;
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    return "unknown"; // an account without a name, as in some containers
  }
}
