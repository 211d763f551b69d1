import { join, resolve } from "node:path";
import { InputError } from "../io/mod.ts";
import { readManifest } from "./manifest.ts";

/** A run's folder that this process alone may write to. */
export interface HeldRun {
  folder: string;
  /** Lets others write again. */
  release: () => void;
}

/** Id of a new run: task, time in UTC, and a random end, so that runs never share a folder. */
export function newRunId(task: string, now: Date = new Date()): string {
  const time = now.toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  return `${task}-${time}-${crypto.randomUUID().slice(0, 4)}`;
}

/**
 * Takes a run's folder for writing; made when missing.
 *
 * @throws InputError when another process writes to it, or it cannot be written to.
 */
export async function holdRun(folder: string): Promise<HeldRun> {
  let lock: Deno.FsFile;
  try {
    await Deno.mkdir(folder, { recursive: true });
    lock = await Deno.open(join(folder, "lock"), { create: true, write: true });
  } catch (cause) {
    throw new InputError("Cannot write to the folder of a run", {
      where: resolve(folder),
      found: cause instanceof Error ? cause.message : String(cause),
      expected: "a folder that can be made and written to, on a disk with room",
      cause,
    });
  }
  if (!await lock.tryLock(true)) {
    lock.close();
    throw new InputError("Another process is writing to this run", {
      where: resolve(folder),
      fix: "wait until it ends, or start a run of its own without --resume",
    });
  }
  return { folder, release: () => lock.close() };
}

/**
 * The folder of a run by id, or of the latest run of a task.
 *
 * @throws InputError when there is none.
 */
export async function findRun(runs: string, query: { id?: string; task?: string }): Promise<string> {
  const ids = await listRuns(runs);
  if (query.id !== undefined) {
    if (ids.includes(query.id)) return join(runs, query.id);
    throw new InputError(`Unknown run "${query.id}"`, {
      where: runs,
      expected: ids.length > 0 ? `one of: ${ids.slice(-5).join(", ")}` : "a run; there is none yet",
    });
  }
  let latest: { id: string; createdAt: string } | undefined;
  for (const id of ids.toReversed()) {
    if (latest && secondOf(id) !== secondOf(latest.id)) break;
    const { task, createdAt } = await readManifest(join(runs, id));
    if (query.task !== undefined && task !== query.task) continue;
    if (!latest || createdAt > latest.createdAt) latest = { id, createdAt };
  }
  if (latest) return join(runs, latest.id);
  throw new InputError("There is no run to resume", { where: runs, fix: "start one without --resume" });
}

/** Ids of all runs, the oldest first (ids of one task sort by time; across tasks, by the time in them). */
export async function listRuns(runs: string): Promise<string[]> {
  const ids: string[] = [];
  try {
    for await (const entry of Deno.readDir(runs)) {
      if (
        entry.isDirectory &&
        await Deno.stat(join(runs, entry.name, "manifest.json")).then(() => true, () => false)
      ) ids.push(entry.name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const key = (id: string) => `${secondOf(id)} ${id}`;
  return ids.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** The second in which a run began, as its id states it. */
function secondOf(id: string): string {
  return /(\d{8}-\d{6})-[0-9a-f]{4}$/.exec(id)?.[1] ?? id;
}
