import { fileURLToPath } from "node:url";

/** What a command came to. */
export interface CommandEnd {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `deno task mlflow` in a folder of its own. */
export async function runMlflow(
  args: readonly string[],
  options: { cwd: string; env?: Record<string, string> },
): Promise<CommandEnd> {
  const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--config", path("deno.json"), path("scripts/mlflow.ts"), ...args],
    ...options,
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
