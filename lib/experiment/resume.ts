import { join, relative } from "node:path";
import type { RunEvent } from "./evaluate.ts";
import { JOURNAL, readJournal } from "./journal.ts";
import { checkUnchanged, type Manifest } from "./manifest.ts";
import { observationKey } from "./observation.ts";
import type { Plan } from "./plan.ts";

/** What a run has done so far. */
export interface Progress {
  /** Keys of its observations. */
  done: ReadonlySet<string>;
  /** Long texts that its journal holds, with their ids. */
  texts: ReadonlyMap<string, string>;
  /** Cost of its live calls, USD. */
  spentUsd: number;
}

/**
 * Reads what a run has done and makes its journal ready to be continued: a torn last line is cut off.
 *
 * @throws InputError when the dataset, a prompt, the signature, a variant or a model has changed since.
 */
export async function continueRun(
  folder: string,
  manifest: Manifest,
  plan: Plan,
  onEvent: (event: RunEvent) => void,
): Promise<Progress> {
  checkUnchanged(manifest, plan);
  const done = new Set<string>();
  const texts = new Map<string, string>();
  let spentUsd = 0;
  let torn: { line: number; offset: number } | undefined;
  try {
    for await (const line of readJournal(folder, { onTornLine: (info) => torn = info })) {
      if (line.type === "text") texts.set(line.text, line.id);
      if (line.type !== "observation") continue;
      done.add(observationKey(line));
      spentUsd += line.calls.reduce((sum, call) => sum + (call.source === "live" ? call.costUsd ?? 0 : 0), 0);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error; // killed before its first line
  }
  if (torn) {
    const path = join(folder, JOURNAL);
    await Deno.truncate(path, torn.offset);
    onEvent({
      type: "warning",
      text: `${relative(".", path)}: dropped a torn last line (line ${torn.line}); its case runs again`,
    });
  }
  return { done, texts, spentUsd };
}
