import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { InputError } from "../io/mod.ts";
import type { ReplyStore, StoredReply } from "./reply_store.ts";

/** Options of {@linkcode openCache}. */
export interface CacheOptions {
  /** Replies that are written in one transaction; a killed process loses at most those of the last one. @default {32} */
  batch?: number;
}

/**
 * Opens the content-addressed cache: one SQLite file that several processes may use at once. It holds
 * nothing that cannot be asked again, so the last replies of a killed process may be lost: a run that goes on
 * takes them from its journal, and work without a journal writes each as it comes (`batch: 1`).
 *
 * @param path File, made when missing.
 * @param onWarning Told once when a reply cannot be kept (a full disk); the run goes on without the cache.
 * @throws InputError when the file is no usable cache.
 */
export function openCache(
  path: string,
  onWarning: (text: string) => void = () => undefined,
  { batch = 32 }: CacheOptions = {},
): ReplyStore {
  let database: DatabaseSync | undefined;
  let select: StatementSync;
  let insert: StatementSync;
  try {
    Deno.mkdirSync(dirname(path), { recursive: true });
    database = new DatabaseSync(path);
    // the patience comes first: two processes that open a new file at once both want to set its journal mode
    database.exec(
      "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;" +
        "CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    );
    select = database.prepare("SELECT value FROM replies WHERE key = ?");
    insert = database.prepare("INSERT OR REPLACE INTO replies (key, value) VALUES (?, ?)");
  } catch (cause) {
    database?.close();
    throw unusable(path, cause);
  }
  const pending = new Map<string, string>(); // written together: a transaction a reply costs more than the reply
  let broken = false;
  const flush = () => {
    if (broken || pending.size === 0) return;
    try {
      database.exec("BEGIN");
      for (const [key, value] of pending) insert.run(key, value);
      database.exec("COMMIT");
    } catch (error) {
      broken = true;
      if (database.isTransaction) database.exec("ROLLBACK"); // it would lock other processes out
      onWarning(`${path}: replies are no longer cached: ${error instanceof Error ? error.message : error}`);
    }
    pending.clear();
  };
  return {
    get(key) {
      try {
        const value = pending.get(key) ?? select.get(key)?.value;
        return value === undefined ? undefined : (JSON.parse(String(value)) as StoredReply);
      } catch (cause) {
        throw unusable(path, cause);
      }
    },
    put(key, stored) {
      if (!broken) pending.set(key, JSON.stringify(stored));
      if (pending.size >= batch) flush();
      return Promise.resolve();
    },
    close() {
      flush();
      database.close();
      return Promise.resolve();
    },
  };
}

function unusable(path: string, cause: unknown): InputError {
  return new InputError("Cannot use the cache of replies", {
    where: path,
    found: cause instanceof Error ? cause.message : String(cause),
    fix: "delete that file: it only holds replies that can be asked again",
    cause,
  });
}
