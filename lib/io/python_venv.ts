import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { atomicWrite } from "./atomic_write.ts";
import { withFileLock } from "./file_lock.ts";
import { InputError } from "./input_error.ts";

/** What {@linkcode ensureVenv} needs. */
export interface VenvOptions {
  /** Pinned packages that must be there, e.g. `mlflow==3.17.2`. Those of earlier calls stay. */
  packages: readonly string[];
  /** Folder of the environment. @default {".assay/venv" of this project} */
  root?: string;
  /** Folders in which uv and Python are looked for. @default {Deno.env.get("PATH")} */
  searchPath?: string;
  /** Is told each line of the installer; not called when nothing has to be done. */
  onProgress?: (line: string) => void;
  /** Ends the installer. What it had finished is kept for the next call. */
  signal?: AbortSignal;
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

const WINDOWS = Deno.build.os === "windows";
const UV = "uv==0.13.9";
const PYTHONS = ["python3", "python", ...[14, 13, 12, 11, 10].map((minor) => `python3.${minor}`)];

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
  return await satisfied(root, options.packages) ??
    await withFileLock(
      `${root}.lock`,
      async () => await satisfied(root, options.packages) ?? await install(root, options),
    );
}

async function satisfied(root: string, packages: readonly string[]): Promise<Venv | undefined> {
  const stamp = await readStamp(root);
  if (!stamp || packages.some((spec) => stamp.packages[packageName(spec)] !== spec)) return undefined;
  const venv = describe(root, stamp.uv);
  return await exists(venv.python) && await exists(venv.uv) ? venv : undefined;
}

async function install(root: string, options: VenvOptions): Promise<Venv> {
  const searchPath = options.searchPath ?? Deno.env.get("PATH") ?? "";
  let uv = await which("uv", searchPath);
  let known: Record<string, string> = {};
  if (await exists(describe(root, "").python)) {
    known = (await readStamp(root))?.packages ?? {};
  } else {
    await removeBroken(root);
    const python = await findPython(searchPath, uv !== undefined);
    options.onProgress?.(`Making a Python environment in ${root}`);
    await (uv
      ? run(uv, ["venv", "--python", python ?? ">=3.10", root], "make a Python environment", options)
      : run(python!, ["-m", "venv", root], "make a Python environment", options));
  }
  const { python, bin } = describe(root, "");
  if (!uv && !await exists(uv = bin("uv"))) {
    await run(python, ["-m", "pip", "install", "--disable-pip-version-check", UV], "install uv", options);
  }
  for (const spec of options.packages) known[packageName(spec)] = spec;
  const specs = Object.values(known);
  if (specs.length > 0) {
    await run(uv, ["pip", "install", "--python", python, ...specs], "install Python packages", options);
  }
  await atomicWrite(stampPath(root), JSON.stringify({ uv, packages: known } satisfies Stamp, null, 2) + "\n");
  return describe(root, uv);
}

function describe(root: string, uv: string): Venv {
  const bin = (name: string) => WINDOWS ? join(root, "Scripts", `${name}.exe`) : join(root, "bin", name);
  return { root, uv, bin, python: bin("python") };
}

/** First Python that is new enough; `undefined` when there is none but uv can bring its own. */
async function findPython(searchPath: string, uvBringsOne: boolean): Promise<string | undefined> {
  let found = "no python3 on the PATH";
  for (const name of PYTHONS) {
    const path = await which(name, searchPath);
    if (!path) continue;
    const args = ["-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"];
    const { stdout } = await new Deno.Command(path, { args, stderr: "null" }).output();
    const version = new TextDecoder().decode(stdout).trim();
    const [major = 0, minor = 0] = version.split(".").map(Number);
    if (major > 3 || major === 3 && minor >= 10) return path;
    if (version && found.startsWith("no")) found = `${name} is Python ${version}`;
  }
  if (uvBringsOne) return undefined;
  throw new InputError("No Python that is new enough", {
    found,
    expected: "Python 3.10 or newer on the PATH",
    fix: "install Python 3.10 or newer, or uv, which brings its own Python",
  });
}

/** Clears an environment whose Python is gone, and nothing that is not an environment. */
async function removeBroken(root: string): Promise<void> {
  if (!await exists(root)) return;
  const empty = (await Array.fromAsync(Deno.readDir(root))).length === 0;
  if (!empty && !await exists(join(root, "pyvenv.cfg"))) {
    throw new InputError("Cannot make a Python environment in a folder that holds other files", {
      where: root,
      fix: "move these files away",
    });
  }
  await Deno.remove(root, { recursive: true });
}

/** Runs an installer, hands its lines on, and throws its last lines when it fails. */
async function run(command: string, args: string[], purpose: string, options: VenvOptions): Promise<void> {
  options.signal?.throwIfAborted();
  const child = new Deno.Command(command, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: installerEnvironment(),
    ...(options.signal && { signal: options.signal }),
  }).spawn();
  const last: string[] = [];
  const follow = async (stream: ReadableStream<Uint8Array>) => {
    let rest = "";
    const take = (line: string) => {
      if (!line.trim()) return;
      last.push(line.trimEnd());
      if (last.length > 12) last.shift();
      options.onProgress?.(line.trimEnd());
    };
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach(take);
    }
    take(rest);
  };
  const [status] = await Promise.all([child.status, follow(child.stdout), follow(child.stderr)]);
  options.signal?.throwIfAborted();
  if (status.success) return;
  throw new InputError(`Cannot ${purpose}`, {
    where: `${command} ${args.join(" ")}`,
    found: last.join(`\n${" ".repeat(12)}`) || `exit code ${status.code}`,
    fix: "see the installer's lines above; behind a mirror or proxy, set UV_DEFAULT_INDEX or HTTPS_PROXY",
  });
}

/** uv reads its own variables only: where pip alone is set up, tell uv the same. */
export function installerEnvironment(get = (name: string) => Deno.env.get(name)): Record<string, string> {
  const pairs = [["PIP_INDEX_URL", "UV_DEFAULT_INDEX"], ["PIP_EXTRA_INDEX_URL", "UV_INDEX"], [
    "PIP_CERT",
    "SSL_CERT_FILE",
  ]] as const;
  return Object.fromEntries(pairs.flatMap(([pip, uv]) => {
    const value = get(pip);
    return value && !get(uv) ? [[uv, value]] : [];
  }));
}

async function which(name: string, searchPath: string): Promise<string | undefined> {
  for (const folder of searchPath.split(delimiter).filter(Boolean)) {
    const path = join(folder, WINDOWS ? `${name}.exe` : name);
    if (await exists(path)) return path;
  }
  return undefined;
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
    return undefined; // missing or torn: everything is checked again
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
