import { fileURLToPath } from "node:url";
import { digestText, InputError } from "../io/mod.ts";
import type { Instructions } from "../signature/mod.ts";

/**
 * Instructions kept in a file: an artifact with a digest. The last line end of the file does not count.
 *
 * @param path Path of the file, relative to `base`.
 * @param base URL of the module that names it: `import.meta.url`.
 * @throws InputError when the file cannot be read or is empty.
 * @example Usage
 * ```ts ignore
 * const instructions = promptFile("./prompts/brief.md", import.meta.url);
 * ```
 */
export function promptFile(path: string, base: string): Instructions {
  const url = new URL(path, base);
  let text: string;
  try {
    text = Deno.readTextFileSync(url).replace(/^\uFEFF/, "").replace(/\r\n/g, "\n").trimEnd();
  } catch (cause) {
    throw new InputError("Cannot read a prompt file", {
      where: fileURLToPath(url),
      found: cause instanceof Error ? cause.message : String(cause),
      expected: "a text file with the instructions",
      cause,
    });
  }
  if (text === "") throw new InputError("Empty prompt file", { where: fileURLToPath(url) });
  return { text, digest: digestText(text), source: path.split("/").at(-1) ?? path };
}
