import { fileURLToPath } from "node:url";

/**
 * Formats a file as `deno fmt` formats this project.
 *
 * @param text Content of the file.
 * @param extension Kind of the file.
 * @throws Error when the text does not parse.
 */
export async function formatCode(text: string, extension: "ts" | "md"): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--quiet", "--ext", extension, "-"],
    cwd: fileURLToPath(new URL("../../../", import.meta.url)), // whose deno.json holds the rules
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writing = new Blob([text]).stream().pipeTo(child.stdin);
  const [{ success, stdout, stderr }] = await Promise.all([child.output(), writing]);
  if (!success) throw new Error(`Cannot format a new file: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}
