import { delimiter, join } from "node:path";
import { InputError } from "./input_error.ts";

const PYTHONS = ["python3", "python", ...[14, 13, 12, 11, 10].map((minor) => `python3.${minor}`)];

/**
 * First Python 3.10 or newer.
 *
 * @param searchPath Folders to look in, as in PATH.
 * @param options With `optional`, none is `undefined` and no error.
 * @throws InputError when there is none, with what was found in its place.
 */
export async function findPython(
  searchPath: string,
  options: { optional?: boolean } = {},
): Promise<string | undefined> {
  let found = "no python3 on the PATH";
  for (const name of PYTHONS) {
    const path = await findProgram(name, searchPath);
    if (!path) continue;
    const args = ["-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"];
    const output = await new Deno.Command(path, { args, stderr: "null" }).output().catch(() => undefined);
    const version = new TextDecoder().decode(output?.stdout).trim();
    const [major = 0, minor = 0] = version.split(".").map(Number);
    if (major > 3 || major === 3 && minor >= 10) return path;
    if (version && found.startsWith("no")) found = `${name} is Python ${version}`;
  }
  if (options.optional) return undefined;
  throw new InputError("No Python that is new enough", {
    found,
    expected: "Python 3.10 or newer on the PATH",
    fix: "install Python 3.10 or newer, or uv, which brings its own Python",
  });
}

/** Path of a program in the folders of a PATH, or `undefined`. */
export async function findProgram(name: string, searchPath: string): Promise<string | undefined> {
  const file = Deno.build.os === "windows" ? `${name}.exe` : name;
  for (const folder of searchPath.split(delimiter).filter(Boolean)) {
    const info = await Deno.stat(join(folder, file)).catch(() => undefined);
    if (info?.isFile) return join(folder, file);
  }
  return undefined;
}
