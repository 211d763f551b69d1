import {
  compare,
  type Image,
  image,
  imageAddress,
  imageContent,
  type ImageFile,
  imageOfBytes,
  type InputOf,
  isImage,
  signature,
} from "@lib/signature/mod.ts";
import { digest, InputError } from "@lib/io/mod.ts";
import assert from "node:assert/strict";
import { z } from "zod";
import { png } from "./_pictures.ts";

const picture = (grey = 1): ImageFile => imageOfBytes(png(4, 3, grey), { source: "a.png", where: "here" });
const output = { shape: z.string() };
const make = (input: z.ZodRawShape, out: z.ZodRawShape = output) =>
  signature({ name: "shape", instructions: "Name it.", input, output: out });

Deno.test("image() makes a field that says so, alone, nullable, described or in a list", () => {
  const { input } = make({
    one: image().describe("A photo"),
    maybe: image().nullable(),
    several: z.array(image()).min(1),
    text: z.string(),
  });
  assert.deepEqual(input.map(({ type }) => type), ["image", "image or null", "list of: image", "text"]);
  assert.deepEqual(input.map((field) => field.image), [true, true, true, undefined]);
  assert.equal(input[0]?.description, "A photo");
});

Deno.test("image() takes a picture as data and nothing else", () => {
  const { inputSchema } = make({ photo: image() });
  const data: Image = picture();
  assert.equal((inputSchema.parse({ photo: data }) as { photo: Image }).photo, data);
  for (const photo of ["a.png", png(1, 1), null, {}, { kind: "file" }, { kind: "link" }, [data]]) {
    assert.equal(inputSchema.safeParse({ photo }).success, false, JSON.stringify(photo));
  }
});

Deno.test("image() gives the input the type Image", () => {
  const Shape = signature({ name: "shape", instructions: "", input: { photo: image() }, output });
  const input: InputOf<typeof Shape> = { photo: { kind: "link", url: "https://example.org/a.png" } };
  assert(isImage(input.photo));
});

Deno.test("signature() refuses an image in an output, at any depth, and inside an object", () => {
  const refused = (input: z.ZodRawShape, out: z.ZodRawShape, message: RegExp) =>
    assert.throws(
      () => make(input, out),
      (error: Error) => error instanceof InputError && message.test(error.message),
    );
  refused({}, { photo: image() }, /An output field is an image[^]*field photo/);
  refused({}, { photos: z.array(z.object({ file: image().nullable() })) }, /field photos\.file/);
  refused({ item: z.object({ photo: image() }) }, output, /not a field of its own[^]*field item\.photo/);
  refused({ pages: z.array(z.array(image())) }, output, /not a field of its own/);
});

Deno.test("signature() refuses a field that is grounded in an image", () => {
  const grounded = compare(z.string(), { by: "exact", groundedIn: "photo" });
  assert.throws(() => make({ photo: image() }, { text: grounded }), /grounded in an image/);
});

Deno.test("an image is data: JSON and digests hold its digest, never its bytes", () => {
  const image = picture();
  const json = JSON.stringify(image);
  assert.deepEqual(Object.keys(JSON.parse(json)), [
    "kind",
    "sha256",
    "mediaType",
    "width",
    "height",
    "bytes",
    "source",
  ]);
  assert.equal(digest({ photo: image }), digest({ photo: JSON.parse(json) }));
  assert(Object.isFrozen(image));
});

Deno.test("imageContent() gives the bytes of what was taken, and says when they are not at hand", async () => {
  const image = picture();
  assert.deepEqual(await imageContent(image), png(4, 3, 1));
  assert.throws(() => imageContent(JSON.parse(JSON.stringify(image))), InputError);
});

Deno.test("imageAddress() is the digest of the bytes, or the URL, whatever the source", () => {
  const [a, b] = ["a.png", "b.png"].map((source) => imageOfBytes(png(4, 3), { source, where: "" }));
  assert.equal(imageAddress(a!), imageAddress(b!));
  assert.notEqual(imageAddress(picture(1)), imageAddress(picture(2)));
  assert.equal(imageAddress({ kind: "link", url: "https://example.org/a.png" }), "https://example.org/a.png");
});
