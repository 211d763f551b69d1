import { createHash } from "node:crypto";
import { GIF } from "image-size/types/gif";
import { JPG } from "image-size/types/jpg";
import { PNG } from "image-size/types/png";
import { WEBP } from "image-size/types/webp";
import { InputError } from "../io/mod.ts";
import { type ImageFile, type ImageMediaType, withContent } from "./image.ts";

/** Largest picture that is taken. */
export const IMAGE_LIMITS = {
  /** Bytes of the file. */
  bytes: 10_000_000,
  /** Width x height. */
  pixels: 50_000_000,
} as const;

/** What {@linkcode imageOfBytes} is told beside the bytes. */
export interface ImageOrigin {
  /** For people, and part of the data: a path, `bytes` or `data URI`. */
  source: string;
  /** For errors: file, line and field. */
  where: string;
  /** Reads the bytes again when they are sent. @default {the bytes are kept in memory} */
  content?: () => Promise<Uint8Array>;
}

/**
 * Takes the bytes of a picture: its kind by its first bytes (never by a name or by what is stated), its size in
 * pixels by its header. The pixels themselves are not decoded.
 *
 * @throws InputError for anything but a PNG, JPEG, GIF or WebP picture (an SVG or HTML text included), and for one
 * beyond {@linkcode IMAGE_LIMITS}.
 * @example Usage
 * ```ts
 * import { imageOfBytes } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const svg = new TextEncoder().encode("<svg onload='alert(1)'/>");
 * assert.throws(() => imageOfBytes(svg, { source: "bytes", where: "field picture" }), /no picture/);
 * ```
 */
export function imageOfBytes(bytes: Uint8Array, { source, where, content }: ImageOrigin): ImageFile {
  checkImageBytes(bytes.length, where);
  const head = String.fromCharCode(...bytes.subarray(0, 16));
  const kind = KINDS.find(({ fits }) => fits(head));
  if (!kind) {
    throw new InputError("A file is no picture", {
      where,
      found: bytes.length === 0 ? "no bytes" : `bytes that begin with ${JSON.stringify(head)}`,
      expected: "PNG, JPEG, GIF or WebP, told by the first bytes and not by the name",
      fix: "export it as PNG or JPEG",
    });
  }
  const { width, height } = measure(kind, bytes, where);
  if (width * height > IMAGE_LIMITS.pixels) {
    throw new InputError("A picture has too many pixels", {
      where,
      found: `${width} x ${height}`,
      expected: `at most ${IMAGE_LIMITS.pixels} pixels`,
      fix: "scale it down: models see no more than a few megapixels",
    });
  }
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const { mediaType } = kind;
  const kept = content ?? (() => Promise.resolve(bytes));
  return withContent({ kind: "file", sha256, mediaType, width, height, bytes: bytes.length, source }, kept);
}

/**
 * Refuses a file by its size alone, before it is read.
 *
 * @param bytes Size of the file.
 */
export function checkImageBytes(bytes: number, where: string): void {
  if (bytes <= IMAGE_LIMITS.bytes) return;
  throw new InputError("A picture is too large", {
    where,
    found: `${bytes} bytes`,
    expected: `at most ${IMAGE_LIMITS.bytes} bytes`,
    fix: "scale it down or save it with stronger compression",
  });
}

interface Kind {
  mediaType: ImageMediaType;
  /** Whether the first 16 bytes, as Latin-1, are of this kind. */
  fits(head: string): boolean;
  /** Bytes up to where the header states the size, where that is a fixed place. */
  least: number;
  header: { calculate(bytes: Uint8Array): { width: number; height: number } };
}

const KINDS: readonly Kind[] = [
  { mediaType: "image/png", fits: (head) => head.startsWith("\x89PNG\r\n\x1a\n"), least: 24, header: PNG },
  { mediaType: "image/jpeg", fits: (head) => head.startsWith("\xff\xd8\xff"), least: 4, header: JPG },
  { mediaType: "image/gif", fits: (head) => /^GIF8[79]a/.test(head), least: 10, header: GIF },
  { mediaType: "image/webp", fits: (head) => /^RIFF[^]{4}WEBP/.test(head), least: 30, header: WEBP },
];

function measure({ mediaType, least, header }: Kind, bytes: Uint8Array, where: string) {
  let found = "a header that ends too early";
  try {
    const { width, height } = header.calculate(bytes);
    if (bytes.length >= least && width >= 1 && height >= 1) return { width, height };
    if (bytes.length >= least) found = `${width} x ${height} pixels`;
  } catch {
    // a header that cannot be read is said as such below
  }
  throw new InputError("A picture is damaged", {
    where,
    found: `${mediaType} with ${found}`,
    expected: "a header that states width and height",
    fix: "export it again",
  });
}
