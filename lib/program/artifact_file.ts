import { fileURLToPath } from "node:url";
import { InputError } from "../io/mod.ts";
import { type CompiledArtifact, parseArtifact } from "./compiled_artifact.ts";

/**
 * What `deno task compile` wrote, for {@linkcode compiled}.
 *
 * @param path Path of the file, relative to `base`.
 * @param base URL of the module that names it: `import.meta.url`.
 * @throws InputError when the file cannot be read, is no artifact, or was changed by hand.
 * @example Usage
 * ```ts ignore
 * const few = compiled(cot, artifactFile("./compiled/cot.bootstrap.qwen2.5-coder-0.5b.json", import.meta.url));
 * ```
 */
export function artifactFile(path: string, base: string): CompiledArtifact {
  const file = fileURLToPath(new URL(path, base));
  let text: string;
  try {
    text = Deno.readTextFileSync(file);
  } catch (cause) {
    throw new InputError("Cannot read a compiled artifact", {
      where: file,
      found: cause instanceof Error ? cause.message : String(cause),
      expected: "a file that deno task compile wrote",
      fix: "leave its variant out of the task, compile again, and put it back",
      cause,
    });
  }
  return parseArtifact(text, file);
}
