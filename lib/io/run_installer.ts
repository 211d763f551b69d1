import { InputError } from "./input_error.ts";

/** Options of {@linkcode runInstaller}. */
export interface InstallerOptions {
  /** Is told each line that the installer prints. */
  onProgress?: (line: string) => void;
  /** Ends the installer. What it had finished is kept for the next call. */
  signal?: AbortSignal;
}

/**
 * Runs uv or pip, hands its lines on, and throws its last lines when it fails.
 *
 * @param program Path of the installer.
 * @param args Its arguments.
 * @param purpose What it is for, after "Cannot", e.g. `install uv`.
 */
export async function runInstaller(
  program: string,
  args: readonly string[],
  purpose: string,
  options: InstallerOptions = {},
): Promise<void> {
  options.signal?.throwIfAborted();
  const child = new Deno.Command(program, {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: installerEnvironment(),
    ...(options.signal && { signal: options.signal }),
  }).spawn();
  const last: string[] = [];
  const take = (line: string) => {
    if (line.trim() === "") return;
    last.push(line.trimEnd());
    if (last.length > 12) last.shift();
    options.onProgress?.(line.trimEnd());
  };
  const reading = await Promise.allSettled([
    eachLine(child.stdout, take, options.signal),
    eachLine(child.stderr, take, options.signal),
  ]);
  const status = await child.status; // told to stop, it has ended by the signal
  options.signal?.throwIfAborted();
  for (const part of reading) if (part.status === "rejected") throw part.reason;
  if (status.success) return;
  throw new InputError(`Cannot ${purpose}`, {
    where: `${program} ${args.join(" ")}`,
    found: last.join(`\n${" ".repeat(12)}`) || `exit code ${status.code}`,
    fix: "see the installer's lines; behind a mirror or proxy set UV_DEFAULT_INDEX or HTTPS_PROXY",
  });
}

/** uv reads its own variables only: where pip alone is set up, this tells uv the same. */
export function installerEnvironment(
  get: (name: string) => string | undefined = (name) => Deno.env.get(name),
): Record<string, string> {
  const pairs = [
    ["PIP_INDEX_URL", "UV_DEFAULT_INDEX"],
    ["PIP_EXTRA_INDEX_URL", "UV_INDEX"],
    ["PIP_CERT", "SSL_CERT_FILE"],
  ] as const;
  return Object.fromEntries(pairs.flatMap(([pip, uv]) => {
    const value = get(pip);
    return value && !get(uv) ? [[uv, value]] : [];
  }));
}

async function eachLine(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  take: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  let rest = "";
  // the signal ends the reading too: a child of the installer may live on and hold the stream open
  for await (const text of stream.pipeThrough(new TextDecoderStream(), { ...(signal && { signal }) })) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(take);
  }
  take(rest);
}
