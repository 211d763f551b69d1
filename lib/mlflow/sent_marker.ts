import { join } from "node:path";
import { JOURNAL } from "../experiment/mod.ts";
import { atomicWrite } from "../io/mod.ts";

/** Note in the folder of a run that it was sent; it saves work and decides nothing, so it may be lost. */
export interface SentMarker {
  format: "assay-mlflow/1";
  /** When, ISO 8601. */
  sentAt: string;
  /** Server that took it. */
  uri: string;
  experimentId: string;
  /** MLflow's run id by cell id. */
  runs: Readonly<Record<string, string>>;
  /** Length of the journal that was sent: a run that went on since has a longer one. */
  journalBytes: number;
}

const MARKER = "mlflow.json";

/** Notes that a run was sent. */
export function writeMarker(folder: string, marker: SentMarker): Promise<void> {
  return atomicWrite(join(folder, MARKER), JSON.stringify(marker, null, 2) + "\n");
}

/** What was sent of a run, or `undefined` for nothing, or nothing that can be read. */
export async function readMarker(folder: string): Promise<SentMarker | undefined> {
  try {
    const marker: SentMarker = JSON.parse(await Deno.readTextFile(join(folder, MARKER)));
    return marker.format === "assay-mlflow/1" ? marker : undefined;
  } catch {
    return undefined;
  }
}

/** Length of a run's journal, bytes; 0 where there is none yet. */
export async function journalBytes(folder: string): Promise<number> {
  return await Deno.stat(join(folder, JOURNAL)).then((info) => info.size, () => 0);
}
