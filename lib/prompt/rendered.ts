import { InputError } from "../io/mod.ts";
import type { Image } from "../signature/mod.ts";

/** A picture of a message and where it stands. */
export interface PlacedImage {
  /** Place in the message's content, after so many of its UTF-16 code units. */
  at: number;
  image: Image;
}

/** Text with the pictures that stand in it. */
export interface Rendered {
  text: string;
  images: readonly PlacedImage[];
}

/** Most that the pictures of one request may come to, those of its examples included. */
export const REQUEST_IMAGE_LIMITS = {
  /** Pictures. */
  count: 10,
  /** Bytes of their files together. */
  bytes: 20_000_000,
} as const;

/** Texts with a separator between them; each picture moves along with its text. */
export function joinRendered(parts: readonly Rendered[], separator: string): Rendered {
  let length = 0;
  const images = parts.flatMap((part) => {
    const moved = part.images.map(({ at, image }) => ({ at: at + length, image }));
    length += part.text.length + separator.length;
    return moved;
  });
  return { text: parts.map(({ text }) => text).join(separator), images };
}

/**
 * The block of an image field: in its tag, a line of text for each picture and the picture behind it.
 *
 * @param first Number of its first picture in the message, from 1.
 */
export function renderImages(name: string, images: readonly Image[], first: number): Rendered {
  const lines = images.map((image, index): Rendered => {
    const text = `image ${first + index}\n`;
    return { text, images: [{ at: text.length, image }] };
  });
  return joinRendered([plain(`<${name}>\n`), ...lines, plain(`</${name}>`)], "");
}

/** Text without a picture. */
export function plain(text: string): Rendered {
  return { text, images: [] };
}

/**
 * Refuses a request with more pictures than {@linkcode REQUEST_IMAGE_LIMITS}: each costs as much as a page of text,
 * and every example brings its own.
 *
 * @throws InputError that counts them.
 */
export function checkImageLoad(name: string, inExamples: readonly Image[], inInput: readonly Image[]): void {
  const all = [...inExamples, ...inInput];
  const bytes = all.reduce((sum, image) => sum + (image.kind === "file" ? image.bytes : 0), 0);
  const { count: most, bytes: mostBytes } = REQUEST_IMAGE_LIMITS;
  if (all.length <= most && bytes <= mostBytes) return;
  throw new InputError("A request holds too many pictures", {
    where: `signature ${JSON.stringify(name)}`,
    found: `${inExamples.length} in its examples and ${inInput.length} in its input, ${bytes} bytes`,
    expected: `at most ${most} pictures and ${mostBytes} bytes together`,
    fix: "show fewer examples, or smaller pictures",
  });
}
