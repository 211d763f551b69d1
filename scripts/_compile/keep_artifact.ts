import { join, relative, resolve } from "node:path";
import type { Task } from "../../lib/experiment/mod.ts";
import { atomicWrite, InputError } from "../../lib/io/mod.ts";
import { type ArtifactFile, artifactText } from "../../lib/optimize/mod.ts";

/** Where the artifact of a compilation goes when no flag says so. */
export function defaultOut(task: Task, variant: string, optimizer: string, model: string): string {
  const name = model.replace(/^local:/, "").replace(/[^A-Za-z0-9._-]+/g, "_");
  return join(task.folder, "compiled", `${variant}.${optimizer}.${name}.json`);
}

/**
 * Writes an artifact; a file of the same content stays as it is, with its date.
 *
 * @returns Whether the file is a new one.
 * @throws InputError when it cannot be written.
 */
export async function keepArtifact(path: string, artifact: ArtifactFile): Promise<boolean> {
  if (await digestIn(path) === artifact.digest) return false;
  try {
    await atomicWrite(path, artifactText(artifact));
  } catch (cause) {
    throw new InputError("Cannot write the artifact", {
      where: path,
      found: cause instanceof Error ? cause.message : String(cause),
      fix: "name another file: --out FILE; every reply is kept, so compiling again costs nothing",
      cause,
    });
  }
  return true;
}

async function digestIn(path: string): Promise<unknown> {
  try {
    return Reflect.get(JSON.parse(await Deno.readTextFile(path)), "digest");
  } catch {
    return undefined; // none, or none that can be read: it is written anew
  }
}

/** The line of `task.ts` that makes a variant of an artifact. */
export function taskLine(path: string, { variant, prompt, optimizer }: ArtifactFile, task: Task): string {
  const file = relative(task.folder, resolve(path)).replaceAll("\\", "/");
  const named = file.startsWith(".") ? file : `./${file}`;
  const program = `compiled(${variant}, artifactFile(${JSON.stringify(named)}, import.meta.url))`;
  return `${variant}_${optimizer.name}: { program: ${program}, prompts: [${JSON.stringify(prompt)}] },`;
}
