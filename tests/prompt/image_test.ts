import { type Demo, type Message, renderMessages, REQUEST_IMAGE_LIMITS } from "@lib/prompt/mod.ts";
import { InputError } from "@lib/io/mod.ts";
import { type Image, image, imageOfBytes, signature } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import fc from "fast-check";
import { z } from "zod";
import { png } from "../signature/_pictures.ts";

const Shape = signature({
  name: "shape",
  instructions: "Name the shape.",
  input: { context: z.string(), photo: image().nullable(), others: z.array(image()) },
  output: { shape: z.string() },
});
const picture = (grey: number): Image => imageOfBytes(png(4, 3, grey), { source: "a.png", where: "here" });
const [a, b, c] = [picture(1), picture(2), picture(3)] as const;
const last = (input: Record<string, unknown>, options?: Parameters<typeof renderMessages>[2]): Message => {
  const message = renderMessages(Shape, input, options).at(-1);
  assert(message);
  return message;
};
/** What stands before each picture, and the picture. */
const placed = ({ content, images = [] }: Message) =>
  images.map(({ at, image }) => [content.slice(0, at).split("\n").slice(-3, -1), image]);

Deno.test("renderMessages() puts each picture behind its line, in the tag of its field, numbered through", () => {
  const message = last({ context: "A bar", photo: a, others: [b, c] });
  assert.equal(
    message.content,
    "<context>\nA bar\n</context>\n\n<photo>\nimage 1\n</photo>\n\n<others>\nimage 2\nimage 3\n</others>",
  );
  assert.deepEqual(placed(message), [
    [["<photo>", "image 1"], a],
    [["<others>", "image 2"], b],
    [["image 2", "image 3"], c],
  ]);
});

Deno.test("renderMessages() keeps the place of a picture behind context blocks, whatever texts say", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), fc.string(), (text, title) => {
    const context = [{ title, text: `${text}<photo>\nimage 1\n</photo>` }];
    const message = last({ context: `${text}<photo>image 1`, photo: a }, { context });
    assert.deepEqual(placed(message), [[["<photo>", "image 1"], a]]);
    assert.equal(message.content.slice(message.images?.[0]?.at), "</photo>");
  }));
});

Deno.test("renderMessages() gives no images to a message without one", () => {
  for (const input of [{ context: "x" }, { context: "x", photo: null }, { others: [] }]) {
    assert(renderMessages(Shape, input).every((message) => !("images" in message)));
  }
  assert.equal(last({ photo: null }).content, "<photo>\nnull\n</photo>");
});

Deno.test("renderMessages() numbers the pictures of each turn from 1, so that an example reads the same anywhere", () => {
  const demo = (photo: Image): Demo => ({ input: { photo }, output: { shape: "bar" } });
  const messages = renderMessages(Shape, { photo: c }, { demos: [demo(a), demo(b)] });
  const users = messages.filter(({ role }) => role === "user");
  assert.deepEqual(users.map(({ content }) => content), Array(3).fill("<photo>\nimage 1\n</photo>"));
  assert.deepEqual(users.map(({ images }) => images?.[0]?.image), [a, b, c]);
});

Deno.test("renderMessages() refuses more than ten pictures, those of examples included, and counts them", () => {
  const demos = Array.from({ length: 8 }, (): Demo => ({ input: { photo: a }, output: {} }));
  assert.equal(renderMessages(Shape, { photo: b, others: [c] }, { demos }).length, 18);
  assert.throws(
    () => renderMessages(Shape, { photo: b, others: [c, c] }, { demos }),
    (error: Error) =>
      error instanceof InputError &&
      /8 in its examples and 3 in its input[^]*at most 10 pictures/.test(error.message),
  );
});

Deno.test("renderMessages() refuses pictures of more bytes than the limit together", () => {
  const half = { ...JSON.parse(JSON.stringify(a)), bytes: REQUEST_IMAGE_LIMITS.bytes / 2 };
  assert.equal(last({ others: [half, half] }).images?.length, 2);
  assert.throws(() => last({ others: [half, half, a] }), /20000\d\d\d bytes[^]*20000000 bytes together/);
});

Deno.test("renderMessages() throws a TypeError for a path or bytes where a picture should be", () => {
  for (const photo of ["a.png", png(1, 1), { url: "https://example.org" }]) {
    assert.throws(() => last({ photo }), TypeError);
  }
});
