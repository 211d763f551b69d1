import { checkImageBytes, IMAGE_LIMITS, imageOfBytes } from "@lib/signature/mod.ts";
import { InputError } from "@lib/io/mod.ts";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { GIF, JPEG, latin1, png, WEBP } from "./_pictures.ts";

const take = (bytes: Uint8Array) => imageOfBytes(bytes, { source: "cat.txt", where: "cases.csv, line 2" });
const refused = (bytes: Uint8Array, message: RegExp) =>
  assert.throws(
    () => take(bytes),
    (error: Error) =>
      error instanceof InputError && error.details.where === "cases.csv, line 2" &&
      message.test(error.message),
  );

Deno.test("imageOfBytes() tells four kinds by their first bytes, and their size by their header", () => {
  const found = [png(9, 8), JPEG, GIF, WEBP].map(take).map(({ mediaType, width, height, bytes }) => ({
    mediaType,
    size: [width, height],
    bytes,
  }));
  assert.deepEqual(found, [
    { mediaType: "image/png", size: [9, 8], bytes: png(9, 8).length },
    { mediaType: "image/jpeg", size: [5, 4], bytes: JPEG.length },
    { mediaType: "image/gif", size: [3, 2], bytes: GIF.length },
    { mediaType: "image/webp", size: [7, 6], bytes: WEBP.length },
  ]);
});

Deno.test("imageOfBytes() addresses a picture by the SHA-256 of its bytes", () => {
  assert.equal(take(GIF).sha256, createHash("sha256").update(GIF).digest("hex"));
});

Deno.test("imageOfBytes() refuses SVG, HTML, other files and no bytes, and shows how they begin", () => {
  refused(latin1('<svg xmlns="http://www.w3.org/2000/svg"/>'), /is no picture[^]*"<svg xmlns=/);
  refused(latin1("<!doctype html><img src=x onerror=alert(1)>"), /is no picture/);
  refused(latin1("BM\x36\x00\x00\x00"), /is no picture/);
  refused(latin1(" \x89PNG\r\n\x1a\n"), /is no picture/);
  refused(new Uint8Array(), /no bytes/);
});

Deno.test("imageOfBytes() never shows control characters of a file as they are", () => {
  assert.throws(
    () => take(latin1("\x1b[31mred\x07")),
    (error: Error) => !/\p{Cc}/u.test(error.message.replaceAll("\n", "")),
  );
});

Deno.test("imageOfBytes() refuses a header that ends too early or states no pixels", () => {
  for (const [bytes, length] of [[png(9, 8), 12], [JPEG, 24], [GIF, 6], [WEBP, 16]] as const) {
    refused(bytes.slice(0, length), /is damaged/);
  }
  const flat = png(9, 8).map((byte, index) => (index >= 16 && index < 20 ? 0 : byte));
  refused(flat, /image\/png with 0 x 8 pixels/);
});

Deno.test("imageOfBytes() refuses more pixels than the limit by the header alone", () => {
  const huge = png(1, 1);
  new DataView(huge.buffer, huge.byteOffset).setUint32(16, IMAGE_LIMITS.pixels + 1);
  refused(huge, /too many pixels[^]*50000001 x 1[^]*50000000 pixels/);
});

Deno.test("checkImageBytes() refuses more bytes than the limit, and takes the limit", () => {
  checkImageBytes(IMAGE_LIMITS.bytes, "here");
  assert.throws(
    () => checkImageBytes(IMAGE_LIMITS.bytes + 1, "here"),
    /10000001 bytes[^]*at most 10000000 bytes/,
  );
});

Deno.test("imageOfBytes() takes any bytes or throws an InputError, whatever stands behind the first bytes", () => {
  const heads = [
    png(2, 2).slice(0, 16),
    JPEG.slice(0, 4),
    GIF.slice(0, 6),
    WEBP.slice(0, 16),
    new Uint8Array(),
  ];
  fc.assert(fc.property(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 200 }), (head, tail) => {
    try {
      const { width, height } = take(Uint8Array.from([...head, ...tail]));
      assert(Number.isInteger(width) && Number.isInteger(height) && width * height <= IMAGE_LIMITS.pixels);
    } catch (error) {
      assert(error instanceof InputError, String(error));
    }
  }));
});
