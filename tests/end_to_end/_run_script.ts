import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of the project. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** How a command ended. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs Deno with some arguments, its input from a text. */
export async function runDeno(
  args: readonly string[],
  { cwd = ROOT, stdin = "" }: { cwd?: string; stdin?: string } = {},
): Promise<Ended> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  // a command that refuses its flags ends before it reads
  const writing = new Blob([stdin]).stream().pipeTo(child.stdin).catch(() => undefined);
  const [{ code, stdout, stderr }] = await Promise.all([child.output(), writing]);
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** Runs one of `scripts/`, in a folder of the caller's choice. */
export function runScript(
  name: string,
  args: readonly string[],
  options: { cwd?: string; stdin?: string } = {},
): Promise<Ended> {
  const config = join(ROOT, "deno.json");
  return runDeno(
    ["run", "--quiet", "-A", "--config", config, join(ROOT, "scripts", `${name}.ts`), ...args],
    options,
  );
}
