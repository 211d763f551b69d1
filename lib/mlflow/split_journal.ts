import { join } from "node:path";
import { readJournal } from "../experiment/mod.ts";

/**
 * Copies the observations of a journal into one file a cell, one JSON object a line with its messages whole, in
 * bounded memory.
 *
 * @param folder Folder of the run.
 * @param target Folder of the copies; it is there.
 * @returns Path of the copy by cell id.
 */
export async function splitJournal(folder: string, target: string): Promise<Map<string, string>> {
  const paths = new Map<string, string>();
  const files = new Map<string, Deno.FsFile>();
  const encoder = new TextEncoder();
  try {
    for await (const line of readJournal(folder)) {
      if (line.type !== "observation") continue;
      let file = files.get(line.cell);
      if (!file) {
        const path = join(target, `${files.size}.jsonl`);
        file = await Deno.open(path, { write: true, createNew: true });
        files.set(line.cell, file);
        paths.set(line.cell, path);
      }
      const { type: _type, ...observation } = line;
      const bytes = encoder.encode(`${JSON.stringify(observation)}\n`);
      for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    }
  } finally {
    for (const file of files.values()) file.close();
  }
  return paths;
}
