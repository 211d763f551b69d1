import { dirname } from "node:path";
import { type Image, imageAddress, type Signature } from "../signature/mod.ts";
import type { RawCase } from "./build_case.ts";
import { readImage } from "./read_image.ts";

/**
 * Puts pictures in the place of the references in image fields: paths relative to the dataset's file, `data:`
 * URIs, URLs. The same picture is one value, whichever file it was read from, so that a duplicate shows as one.
 * What is no text stays, for validation to name.
 *
 * @param path File of the dataset.
 * @throws InputError with file, line and field for a reference that cannot be used.
 */
export async function resolveImages(
  raw: readonly RawCase[],
  { input }: Pick<Signature, "input">,
  path: string,
): Promise<readonly RawCase[]> {
  const names = input.flatMap((field) => field.image ? [field.name] : []);
  if (names.length === 0) return raw;
  const known = new Map<string, Image>();
  const read = async (reference: unknown, where: string): Promise<unknown> => {
    if (typeof reference !== "string") return reference;
    const found = await readImage(reference, { folder: dirname(path), where });
    const address = imageAddress(found);
    const first = known.get(address) ?? found;
    known.set(address, first);
    return first;
  };
  const resolved: RawCase[] = [];
  for (const entry of raw) {
    if (typeof entry.input !== "object" || entry.input === null) {
      resolved.push(entry); // validation says so
      continue;
    }
    const changed: Record<string, unknown> = { ...entry.input };
    for (const name of names) {
      if (!Object.hasOwn(changed, name)) continue;
      const where = `${path}, line ${entry.line}, field ${name}`;
      const value = changed[name];
      changed[name] = Array.isArray(value)
        ? await Promise.all(value.map((member) => read(member, where)))
        : await read(value, where);
    }
    resolved.push({ ...entry, input: changed });
  }
  return resolved;
}
