import { createHash } from "node:crypto";
import { InputError } from "../../io/mod.ts";

/** Options of {@linkcode joinParts}. */
export interface JoinOptions {
  /** What the file is called in an error. */
  name: string;
  /** What the joined file must be. */
  expected: { bytes: number; sha256: string };
  /** Is told the bytes done, every 64 MiB and at the end. */
  onProgress?: (bytes: number) => void;
  /** Ends the work; the target is then unfinished. */
  signal?: AbortSignal;
}

/**
 * Joins files in order, reading each once: the digest grows while the bytes are copied.
 *
 * @throws InputError when size or SHA-256 are not the expected ones; the target stays for its reader to drop.
 */
export async function joinParts(
  parts: readonly string[],
  target: string,
  options: JoinOptions,
): Promise<void> {
  const { name, expected, onProgress, signal } = options;
  const hash = createHash("sha256");
  let bytes = 0;
  let told = 0;
  using output = await Deno.open(target, { write: true, create: true, truncate: true });
  const buffer = new Uint8Array(1 << 20);
  for (const part of parts) {
    using input = await Deno.open(part);
    for (let size = await input.read(buffer); size !== null; size = await input.read(buffer)) {
      signal?.throwIfAborted();
      const chunk = buffer.subarray(0, size);
      hash.update(chunk);
      for (let at = 0; at < size;) at += await output.write(chunk.subarray(at));
      bytes += size;
      if (bytes - told < 1 << 26) continue;
      told = bytes;
      onProgress?.(bytes);
    }
  }
  await output.sync();
  const sha256 = hash.digest("hex");
  if (bytes !== expected.bytes || sha256 !== expected.sha256) {
    throw new InputError(`The download of ${name} is damaged`, {
      found: `${bytes} bytes with SHA-256 ${sha256}`,
      expected: `${expected.bytes} bytes with SHA-256 ${expected.sha256}`,
      fix: "call it again: the pieces were dropped and are fetched anew",
    });
  }
  onProgress?.(bytes);
}
