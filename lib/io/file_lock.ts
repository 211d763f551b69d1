import { dirname } from "node:path";

/** Options of {@linkcode withFileLock}. */
export interface FileLockOptions {
  /** Is called once when another caller holds the lock. */
  onWait?: () => void;
  /** Gives up waiting; the work itself is not ended. */
  signal?: AbortSignal;
}

/**
 * Runs `work` while this process alone holds a lock file: a second caller, in this process or another,
 * waits. The system drops the lock when a process dies, so a stale one cannot exist.
 *
 * @param path Lock file; it and its folder are made when missing, and the empty file stays.
 * @param work What to do under the lock.
 * @example Usage
 * ```ts
 * import { withFileLock } from "@lib/io/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const path = await Deno.makeTempFile();
 * const order: string[] = [];
 * await Promise.all(["a", "b"].map((name) =>
 *   withFileLock(path, async () => {
 *     order.push(`${name} in`);
 *     await Promise.resolve();
 *     order.push(`${name} out`);
 *   })
 * ));
 * assert.deepEqual(order.map((step) => step.slice(2)), ["in", "out", "in", "out"]);
 * ```
 */
export async function withFileLock<T>(
  path: string,
  work: () => Promise<T>,
  options: FileLockOptions = {},
): Promise<T> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const file = await Deno.open(path, { write: true, create: true });
  try {
    for (let tries = 0; !await file.tryLock(true); tries++) {
      if (tries === 0) options.onWait?.();
      options.signal?.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return await work();
  } finally {
    file.close();
  }
}
