import { basename } from "node:path";
import { InputError } from "../lib/io/mod.ts";
import { isSent, type MlflowClient, MlflowError, syncRun } from "../lib/mlflow/mod.ts";
import { formatCount } from "../lib/report/mod.ts";
import { EXIT } from "./_cli.ts";

/** What became of the runs that were to be sent. */
export interface Sent {
  sent: { run: string; experimentId: string; cells: number }[];
  failed: string[];
  /** Runs that the server had already. */
  alreadyThere: number;
  exitCode: number;
}

/** The folders whose runs the server does not have, or not whole. */
export async function notSent(client: MlflowClient, folders: readonly string[]): Promise<string[]> {
  const wanted: string[] = [];
  for (const folder of folders) if (!await isSent(client, folder)) wanted.push(folder);
  return wanted;
}

/**
 * Sends one run after another, with progress on stderr. A run that cannot be read, or that MLflow does not take, does
 * not hold up the others; a server that is gone ends it.
 */
export async function sendRuns(
  client: MlflowClient,
  folders: readonly string[],
  options: { signal: AbortSignal; alreadyThere: number },
): Promise<Sent> {
  const { signal, alreadyThere } = options;
  const result: Sent = { sent: [], failed: [], alreadyThere, exitCode: EXIT.done };
  for (const [index, folder] of folders.entries()) {
    const run = basename(folder);
    const at = `${index + 1}/${folders.length} ${run}`;
    let shownMs = 0;
    const onCell = ({ id, done, total }: { id: string; done: number; total: number }) => {
      if (done < total && performance.now() - shownMs < 2000) return;
      shownMs = performance.now();
      console.error(`${at}: ${done} of ${total} cells (${id})`);
    };
    try {
      const { runs, experimentId } = await syncRun(client, folder, { signal, onCell });
      result.sent.push({ run, experimentId, cells: Object.keys(runs).length });
    } catch (error) {
      if (signal.aborted || isGone(error)) throw error;
      const known = error instanceof InputError || error instanceof MlflowError;
      if (!known) throw error;
      console.error(`warning: ${at} was not sent: ${error.message}`);
      result.failed.push(run);
      if (result.exitCode === EXIT.done) {
        result.exitCode = error instanceof InputError ? EXIT.input : EXIT.infrastructure;
      }
    }
  }
  return result;
}

/** Whether the server itself failed, so that other runs would fare no better. */
function isGone(error: unknown): boolean {
  if (error instanceof MlflowError) return error.passing;
  return error instanceof InputError && error.cause instanceof MlflowError;
}

/** The last line of a sync. */
export function closingLine(uri: string, { sent, failed, alreadyThere }: Sent): string {
  const cells = sent.reduce((sum, run) => sum + run.cells, 0);
  const ids = [...new Set(sent.map(({ experimentId }) => experimentId))];
  const pages = ids.map((id) => `${uri}/#/experiments/${id}/runs`).join(" ");
  const parts = [
    sent.length > 0
      ? `Sent ${count(sent.length, "run")} with ${count(cells, "cell")} to ${pages}`
      : "Sent nothing",
    ...(alreadyThere > 0 ? [`${count(alreadyThere, "run")} already at ${uri}`] : []),
    ...(failed.length > 0 ? [`${count(failed.length, "run")} not sent: ${failed.join(", ")}`] : []),
  ];
  return parts.join("; ");
}

function count(n: number, noun: string): string {
  return `${formatCount(n)} ${noun}${n === 1 ? "" : "s"}`;
}
