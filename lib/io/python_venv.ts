import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { atomicWrite } from "./atomic_write.ts";
import { withFileLock } from "./file_lock.ts";
import { findProgram, findPython } from "./find_python.ts";
import { InputError } from "./input_error.ts";
import { type InstallerOptions, runInstaller } from "./run_installer.ts";

/** What {@linkcode ensureVenv} needs. */
export interface VenvOptions extends InstallerOptions {
  /** Pinned packages that must be there, e.g. `mlflow==3.17.2`. Those of earlier calls stay. */
  packages: readonly string[];
  /** Folder of the environment. @default {".assay/venv" of this project} */
  root?: string;
  /** Folders in which uv and Python are looked for. @default {Deno.env.get("PATH")} */
  searchPath?: string;
}

/** A Python environment that holds what was asked for. */
export interface Venv {
  /** Its folder. */
  root: string;
  /** Its Python. */
  python: string;
  /** The uv that fills it. */
  uv: string;
  /** Path of a command that one of its packages brought. */
  bin(name: string): string;
}

/** What was installed: name of a package to the requirement that asked for it. */
interface Stamp {
  uv: string;
  packages: Record<string, string>;
}

const UV = "uv==0.13.9";

/**
 * Makes the project's Python environment, or adds to it what is missing. Uses uv: the one on the PATH, else
 * one that pip puts into the environment. A call that finds everything in place starts no process. Two
 * processes may call it at the same time.
 *
 * @throws InputError without Python 3.10 or newer, or with the last lines of an installer that failed.
 * @example Usage
 * ```ts ignore
 * import { ensureVenv } from "@lib/io/mod.ts";
 *
 * const venv = await ensureVenv({ packages: ["mlflow==3.17.2"], onProgress: console.error });
 * await new Deno.Command(venv.bin("mlflow"), { args: ["--version"] }).output();
 * ```
 */
export async function ensureVenv(options: VenvOptions): Promise<Venv> {
  const root = options.root ?? fileURLToPath(new URL("../../.assay/venv", import.meta.url));
  const ready = await satisfied(root, options.packages);
  if (ready) return ready;
  const work = async () => await satisfied(root, options.packages) ?? await install(root, options);
  return await withFileLock(`${root}.lock`, work, {
    onWait: () => options.onProgress?.("Waiting for another process that installs packages"),
    ...(options.signal && { signal: options.signal }),
  });
}

async function satisfied(root: string, packages: readonly string[]): Promise<Venv | undefined> {
  const stamp = await readStamp(root);
  if (!stamp || packages.some((spec) => stamp.packages[packageName(spec)] !== spec)) return undefined;
  const venv = describe(root, stamp.uv);
  return await exists(venv.python) && await exists(venv.uv) ? venv : undefined;
}

async function install(root: string, options: VenvOptions): Promise<Venv> {
  const searchPath = options.searchPath ?? Deno.env.get("PATH") ?? "";
  const { python, bin } = describe(root, "");
  let uv = await findProgram("uv", searchPath);
  let stamp = await exists(python) ? await readStamp(root) : undefined;
  if (!stamp) {
    await removeUnfinished(root);
    const base = await findPython(searchPath, { optional: uv !== undefined });
    options.onProgress?.(`Making a Python environment in ${root}`);
    const [program, args] = uv ? [uv, ["venv", "--python", base ?? ">=3.10"]] : [base!, ["-m", "venv"]];
    await runInstaller(program, [...args, root], "make a Python environment", options);
    stamp = { uv: "", packages: {} };
  }
  if (!uv && !await exists(uv = bin("uv"))) {
    const args = ["-m", "pip", "install", "--disable-pip-version-check", UV];
    await runInstaller(python, args, "install uv", options);
  }
  const packages = { ...stamp.packages };
  for (const spec of options.packages) packages[packageName(spec)] = spec;
  const specs = Object.values(packages);
  if (specs.length > 0) {
    await runInstaller(
      uv,
      ["pip", "install", "--python", python, ...specs],
      "install Python packages",
      options,
    );
  }
  await atomicWrite(stampPath(root), JSON.stringify({ uv, packages } satisfies Stamp, null, 2) + "\n");
  return describe(root, uv);
}

function describe(root: string, uv: string): Venv {
  const windows = Deno.build.os === "windows";
  const bin = (name: string) => windows ? join(root, "Scripts", `${name}.exe`) : join(root, "bin", name);
  return { root, uv, bin, python: bin("python") };
}

/** Clears an environment that was never finished or lost its Python, and nothing that is not one. */
async function removeUnfinished(root: string): Promise<void> {
  if (!await exists(root)) return;
  const empty = (await Array.fromAsync(Deno.readDir(root))).length === 0;
  const isVenv = await exists(join(root, "pyvenv.cfg"));
  if (!empty && !isVenv) {
    throw new InputError("Cannot make a Python environment in a folder that holds other files", {
      where: root,
      fix: "move these files away",
    });
  }
  await Deno.remove(root, { recursive: true });
}

function packageName(spec: string): string {
  return (spec.match(/^[A-Za-z0-9._-]+/)?.[0] ?? spec).toLowerCase().replace(/[._-]+/g, "-");
}

function stampPath(root: string): string {
  return join(root, "assay_packages.json");
}

async function readStamp(root: string): Promise<Stamp | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(stampPath(root)));
  } catch {
    return undefined; // missing or torn: the environment is made anew
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
