/**
 * Writes a whole text as UTF-8, however few bytes a single write takes.
 *
 * @throws Error when a write takes none: trying again would never end.
 */
export async function writeAll(
  file: { write(bytes: Uint8Array): Promise<number> },
  text: string,
): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) {
    const taken = await file.write(bytes.subarray(at));
    if (taken === 0) throw new Error(`Cannot write: the file took ${at} of ${bytes.length} bytes`);
    at += taken;
  }
}
