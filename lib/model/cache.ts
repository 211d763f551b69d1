import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { InputError } from "../io/mod.ts";
import type { ReplyStore, StoredReply } from "./reply_store.ts";

/**
 * Opens the content-addressed cache: one SQLite file that several processes may use at once. It holds
 * nothing that cannot be asked again, so it is not flushed to the disk at each reply.
 *
 * @param path File, made when missing.
 * @throws InputError when the file is no usable cache.
 */
export function openCache(path: string): ReplyStore {
  Deno.mkdirSync(dirname(path), { recursive: true });
  let database: DatabaseSync;
  try {
    database = new DatabaseSync(path);
    database.exec(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA busy_timeout = 10000;" +
        "CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    );
  } catch (cause) {
    throw new InputError("Cannot open the cache of replies", {
      where: path,
      found: cause instanceof Error ? cause.message : String(cause),
      fix: "delete that file: it only holds replies that can be asked again",
      cause,
    });
  }
  const select = database.prepare("SELECT value FROM replies WHERE key = ?");
  const insert = database.prepare("INSERT OR REPLACE INTO replies (key, value) VALUES (?, ?)");
  return {
    get(key) {
      const row = select.get(key);
      return row && (JSON.parse(String(row.value)) as StoredReply);
    },
    put(key, stored) {
      insert.run(key, JSON.stringify(stored));
      return Promise.resolve();
    },
    close() {
      database.close();
      return Promise.resolve();
    },
  };
}
