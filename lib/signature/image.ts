import { z } from "zod";
import { InputError } from "../io/mod.ts";
import { declarationOf, declareField } from "./declarations.ts";

/** Kinds of pictures that are taken, told by their first bytes. */
export type ImageMediaType = "image/png" | "image/jpeg" | "image/gif" | "image/webp";

/** Where the bytes of a picture are read: no part of its data, so that JSON, digests and journals never hold them. */
const CONTENT = Symbol("content");

/** A picture whose bytes are at hand, as plain data; `imageContent` reads the bytes. */
export interface ImageFile {
  kind: "file";
  /** SHA-256 of the bytes of the file: its content address. */
  sha256: string;
  mediaType: ImageMediaType;
  /** Pixels. */
  width: number;
  /** Pixels. */
  height: number;
  /** Size of the file. */
  bytes: number;
  /** For people: its path, `bytes` or `data URI`. */
  source: string;
  readonly [CONTENT]?: () => Promise<Uint8Array>;
}

/** A picture that the model's provider fetches itself; its address is its content address. */
export interface ImageLink {
  kind: "link";
  url: string;
}

/** The value of an image field. */
export type Image = ImageFile | ImageLink;

/**
 * The type of an input field that holds a picture. Its value is an {@linkcode Image}: datasets make it of a
 * path, a `data:` URI or a URL; programs make it with `readImage` of `lib/dataset`.
 *
 * @example Usage
 * ```ts
 * import { image, signature } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 * import { z } from "zod";
 *
 * const Shape = signature({
 *   name: "shape",
 *   instructions: "Name the shape.",
 *   input: { picture: image().describe("A drawing") },
 *   output: { shape: z.string() },
 * });
 * assert.equal(Shape.input[0]?.type, "image");
 * ```
 */
export function image(): z.ZodCustom<Image, Image> {
  return declareField(z.custom<Image>(isImage, "expected an image"), { image: true });
}

/** Whether a type is that of a picture. */
export function isImageType(type: z.ZodType): boolean {
  return declarationOf(type)?.image === true;
}

/** Whether a value is a picture as data, with its bytes at hand or not. */
export function isImage(value: unknown): value is Image {
  if (typeof value !== "object" || value === null) return false;
  const { kind, url, sha256, bytes } = value as { [K in keyof ImageFile | keyof ImageLink]?: unknown };
  if (kind === "link") return typeof url === "string";
  return kind === "file" && typeof sha256 === "string" && typeof bytes === "number";
}

/** The content address of a picture: SHA-256 of its bytes, or its URL. Two equal ones are the same picture. */
export function imageAddress(image: Image): string {
  return image.kind === "link" ? image.url : image.sha256;
}

/** Ties the bytes to a picture's data; what is made is frozen. */
export function withContent(
  data: Omit<ImageFile, typeof CONTENT>,
  content: () => Promise<Uint8Array>,
): ImageFile {
  return Object.freeze(Object.defineProperty({ ...data }, CONTENT, { value: content }));
}

/**
 * Reads the bytes of a picture.
 *
 * @throws InputError for data that was read back from JSON, e.g. an example of a compiled program: it holds no bytes.
 */
export function imageContent(image: ImageFile): Promise<Uint8Array> {
  const content = image[CONTENT];
  if (content) return content();
  throw new InputError("The bytes of a picture are not at hand", {
    where: image.source,
    found: `only its data, SHA-256 ${image.sha256}`,
    fix: "read it again with readImage(), or leave out the example that shows it",
  });
}
