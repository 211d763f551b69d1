import { createHash } from "node:crypto";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { InputError } from "../io/mod.ts";
import { checkImageBytes, type Image, IMAGE_LIMITS, imageOfBytes } from "../signature/mod.ts";

/** Options of {@linkcode readImage}. */
export interface ReadImageOptions {
  /** Folder that paths are relative to and never leave. @default {none: a path is refused} */
  folder?: string;
  /** For errors: file, line and field. @default {"image"} */
  where?: string;
}

/**
 * Makes the value of an image field from bytes, a `data:` URI in base64, an `http(s):` URL or a path.
 *
 * A path stays inside its folder: absolute paths, `..` and links that lead out are refused. A file is read
 * now, for its digest, and again each time it is sent; in between it may not change. A URL is passed on as it stands:
 * the provider fetches it, its text is the content address, and it is written to journals, so it must hold no secret.
 *
 * @throws InputError for a reference that is none of these, and whatever `imageOfBytes` refuses.
 * @example Usage
 * ```ts
 * import { readImage } from "@lib/dataset/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const gif = await readImage("data:image/gif;base64,R0lGODlhAwACAAAAADs=");
 * assert(gif.kind === "file" && gif.width === 3);
 * assert.deepEqual(await readImage("https://example.org/a.png"), { kind: "link", url: "https://example.org/a.png" });
 * await assert.rejects(readImage("../a.png", { folder: "." }));
 * ```
 */
export async function readImage(
  reference: string | Uint8Array,
  { folder, where = "image" }: ReadImageOptions = {},
): Promise<Image> {
  if (typeof reference !== "string") return imageOfBytes(reference, { source: "bytes", where });
  if (/^data:/i.test(reference)) return fromDataUri(reference, where);
  if (/^https?:\/\//i.test(reference)) return fromUrl(reference, where);
  return await fromPath(reference, folder, where);
}

function fromDataUri(uri: string, where: string): Image {
  const [, data] = /^data:[^,]*;base64,(.*)$/is.exec(uri) ?? [];
  if (data === undefined) throw unusable(uri, where, "a data URI in base64: data:image/png;base64,…");
  checkImageBytes(Math.floor(data.length * 3 / 4) - 2, where); // at least so many: enough to refuse before decoding
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.fromBase64(data);
  } catch (cause) {
    throw unusable(uri, where, "bytes in base64 behind ;base64,", cause);
  }
  return imageOfBytes(bytes, { source: "data URI", where });
}

function fromUrl(text: string, where: string): Image {
  const url = URL.parse(text);
  if (url && url.username === "" && url.password === "" && !/\s/.test(text)) {
    return { kind: "link", url: text };
  }
  throw unusable(text.replace(/\/\/.*@/s, "//…@"), where, "a URL without spaces, user or password");
}

async function fromPath(path: string, folder: string | undefined, where: string): Promise<Image> {
  const relativePath = "a path inside the folder of the dataset, a data: URI or an http(s): URL";
  const odd = path === "" || isAbsolute(path) ||
    /^[A-Za-z][A-Za-z0-9+.-]*:|\\|\0|(^|\/)\.\.(\/|$)/.test(path);
  if (odd || folder === undefined) throw unusable(path, where, relativePath);
  const [root, file] = await Promise.all([Deno.realPath(folder), Deno.realPath(resolve(folder, path))])
    .catch((cause) => {
      throw unusable(path, where, "a file that can be read", cause);
    });
  if (isOutside(root, file)) {
    throw unusable(path, where, `${relativePath}; this one is a link that leads out`);
  }
  const content = async (): Promise<Uint8Array> => {
    const { isFile, size } = await Deno.stat(file);
    if (!isFile) throw unusable(path, where, "a file");
    checkImageBytes(size, where);
    return await Deno.readFile(file);
  };
  const found = imageOfBytes(await content(), { source: path, where, content: () => unchanged() });
  const unchanged = async (): Promise<Uint8Array> => {
    const bytes = await content();
    if (createHash("sha256").update(bytes).digest("hex") === found.sha256) return bytes;
    throw new InputError("A picture has changed since it was loaded", {
      where: `${where}, ${path}`,
      expected: `the file with SHA-256 ${found.sha256}`,
      fix: "restore the file, or start again: the run's digests cover the picture as it was",
    });
  };
  return found;
}

function isOutside(root: string, file: string): boolean {
  const way = relative(root, file);
  return way === "" || way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way);
}

function unusable(found: string, where: string, expected: string, cause?: unknown): InputError {
  const reason = cause instanceof Error ? `: ${cause.message}` : "";
  return new InputError("Cannot use this as an image", {
    where,
    found: `${JSON.stringify(found.slice(0, 100))}${reason}`,
    expected: `${expected} (PNG, JPEG, GIF or WebP, at most ${IMAGE_LIMITS.bytes / 1e6} MB)`,
    cause,
  });
}
