import { dirname } from "node:path";
import { writeAll } from "./write_all.ts";

/**
 * Writes a whole file so that a reader sees the old content or the new one, never a part: a
 * temporary neighbour is written, flushed to the disk and renamed over the target.
 *
 * @param path Target; its folder is made when missing.
 * @param text New content, written as UTF-8.
 */
export async function atomicWrite(path: string, text: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${crypto.randomUUID()}.tmp`;
  try {
    const file = await Deno.open(temporary, { write: true, createNew: true });
    try {
      await writeAll(file, text);
      await file.sync();
    } finally {
      file.close();
    }
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => undefined); // it may not exist; the first error is the one that matters
    throw error;
  }
}
