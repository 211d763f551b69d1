import { encode } from "fast-png";

/** A PNG of one grey. */
export function png(width: number, height: number, grey = 128): Uint8Array {
  return encode({ width, height, channels: 1, depth: 8, data: new Uint8Array(width * height).fill(grey) });
}

/** The bytes of a text, each character a byte. */
export function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** A GIF of 3 x 2 pixels, up to its screen descriptor. */
export const GIF = latin1("GIF89a\x03\x00\x02\x00\x00\x00\x00;");

/** A baseline JPEG header of 5 x 4 pixels: start of image, JFIF segment, start of frame. */
export const JPEG = latin1(
  "\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" +
    "\xff\xc0\x00\x0b\x08\x00\x04\x00\x05\x01\x01\x11\x00\xff\xd9",
);

/** A WebP header of 7 x 6 pixels, lossless. */
export const WEBP = latin1("RIFF\x1e\0\0\0WEBPVP8L\x11\0\0\0\x2f\x06\x40\x01" + "\0".repeat(13));
