import {
  compatible,
  local,
  type ModelRequest,
  openRecorder,
  readRecordings,
  requestKey,
} from "@lib/model/mod.ts";
import { InputError } from "@lib/io/mod.ts";
import { type Demo, type Message, renderMessages } from "@lib/prompt/mod.ts";
import { type Image, image, type ImageFile, imageOfBytes, signature } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { z } from "zod";
import { arrivedImages } from "../servers/content_parts.ts";
import { startChatServer } from "../servers/chat_server.ts";
import { png } from "../signature/_pictures.ts";
import { inTempFolder } from "../io/_temp_folder.ts";
import { ask, serve } from "./_served_model.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const Shape = signature({
  name: "shape",
  instructions: "Name the shape.",
  input: { photo: image(), context: z.string(), others: z.array(image()) },
  output: { shape: z.string() },
});
const picture = (grey: number, source = "a.png"): ImageFile =>
  imageOfBytes(png(4, 3, grey), { source, where: "here" });
const link: Image = { kind: "link", url: "https://example.org/a.png?size=s" };
const BAR = { photo: picture(1), context: "A bar", others: [picture(2), link] };
const requestOf = (input: Record<string, unknown>, demos: Demo[] = []): ModelRequest =>
  ask({ messages: renderMessages(Shape, input, { demos }) });
const keyOf = (input: Record<string, unknown>, demos?: Demo[]) =>
  requestKey(local("m"), requestOf(input, demos));

Deno.test("generate() sends text and picture parts in turn, each picture in the tag of its field", async () => {
  await using server = await startChatServer();
  await using served = serve(server);
  const call = await served.model.generate(requestOf(BAR));
  assert(call.result.ok, JSON.stringify(call.result));
  assert.equal(server.stats().total, 1);
  const [request] = server.requests();
  assert(request);
  const content = request.body.messages.at(-1)?.content;
  assert(Array.isArray(content));
  assert.deepEqual(content.map((part) => part.type === "text" ? part.text : part.type), [
    "<photo>\nimage 1\n",
    "image_url",
    "</photo>\n\n<context>\nA bar\n</context>\n\n<others>\nimage 2\n",
    "image_url",
    "image 3\n",
    "image_url",
    "</others>",
  ]);
  assert.deepEqual(arrivedImages(request), [
    { message: 1, url: "data:image/png", bytes: Uint8Array.from(png(4, 3, 1)) },
    { message: 1, url: "data:image/png", bytes: Uint8Array.from(png(4, 3, 2)) },
    { message: 1, url: link.url },
  ]);
});

Deno.test("generate() sends the pictures of examples in the turns of their examples", async () => {
  await using server = await startChatServer();
  await using served = serve(server);
  const demo = { input: { ...BAR, photo: picture(9), others: [] }, output: { shape: "disc" } };
  await served.model.generate(requestOf(BAR, [demo, demo]));
  const [request] = server.requests();
  assert(request);
  assert.deepEqual(request.body.messages.map(({ role }) => role), [
    "system",
    "user",
    "assistant",
    "user",
    "assistant",
    "user",
  ]);
  assert.deepEqual(arrivedImages(request).map(({ message }) => message), [1, 3, 5, 5, 5]);
});

Deno.test("generate() sends messages without a picture as plain text, byte for byte", async () => {
  await using server = await startChatServer();
  await using served = serve(server);
  await served.model.generate(requestOf({ context: "A <photo> bar" }));
  const [request] = server.requests();
  const text = '"messages":[{"role":"system","content":"Name the shape.\\n\\n' +
    'Reply with one JSON object and nothing else. Its fields, in this order:\\n- shape (text)"},' +
    '{"role":"user","content":"<context>\\nA <photo> bar\\n</context>"}]';
  assert(request?.text.includes(text), request?.text);
});

Deno.test("generate() keeps a picture's digest in the call, and its bytes nowhere", async () => {
  await using server = await startChatServer();
  await using served = serve(server);
  const call = await served.model.generate(requestOf(BAR));
  const kept = JSON.stringify(call);
  assert(kept.includes(BAR.photo.sha256) && kept.includes("image/png"));
  assert(!kept.includes("base64") && !kept.includes("iVBOR"), "the start of a PNG in base64");
});

Deno.test("generate() in a recording keeps the key of a request with pictures, and no picture", async () => {
  await inTempFolder(async (folder) => {
    await using server = await startChatServer();
    const path = join(folder, "m.jsonl");
    const header = {
      format: "assay-recordings/1",
      model: "m",
      server: "s",
      recordedAt: "2026-11-25",
    } as const;
    const recorder = await openRecorder(path, header, await readRecordings(folder, () => {}));
    await using served = serve(server, { model: { mode: "record", recordings: recorder } });
    const { key } = await served.model.generate(requestOf(BAR));
    await recorder.close();
    const text = await Deno.readTextFile(path);
    assert(text.includes(key) && !text.includes("base64") && !text.includes("iVBOR"));
    const again = requestOf({ ...BAR, photo: picture(1, "moved/elsewhere.png") });
    const replayed = serve(server, {
      model: { mode: "replay", recordings: await readRecordings(folder, () => {}) },
    });
    assert.equal((await replayed.model.generate(again)).source, "recording");
    await replayed[Symbol.asyncDispose]();
    assert.equal(server.stats().total, 1);
  });
});

Deno.test("generate() throws an InputError before a request when a picture has changed since it was loaded", async () => {
  await using server = await startChatServer();
  await using served = serve(server);
  const changed = imageOfBytes(png(4, 3), {
    source: "a.png",
    where: "here",
    content: () => Promise.reject(new InputError("A picture has changed since it was loaded")),
  });
  await assert.rejects(served.model.generate(requestOf({ ...BAR, photo: changed })), InputError);
  assert.equal(server.stats().total, 0);
});

Deno.test("generate() sends nothing when it is aborted while a picture is read", async () => {
  await using server = await startChatServer();
  await using served = serve(server);
  const abort = new AbortController();
  const slow = imageOfBytes(png(4, 3), {
    source: "a.png",
    where: "here",
    content: () => {
      abort.abort(new Error("enough"));
      return Promise.resolve(png(4, 3));
    },
  });
  const call = served.model.generate(requestOf({ ...BAR, photo: slow }), { signal: abort.signal });
  await assert.rejects(call, /enough/);
  assert.equal(server.stats().total, 0);
});

/** The same text, each picture one character on. */
const moved = ({ images, ...message }: Message): Message =>
  images ? { ...message, images: images.map(({ at, image }) => ({ at: at + 1, image })) } : message;

const DIFFERENT: readonly (readonly [string, string])[] = [
  ["picture", keyOf({ ...BAR, photo: picture(3) })],
  [
    "URL of a picture",
    keyOf({ ...BAR, others: [picture(2), { kind: "link", url: "https://example.org/b.png" }] }),
  ],
  ["order of pictures", keyOf({ ...BAR, others: [link, picture(2)] })],
  ["number of pictures", keyOf({ ...BAR, others: [picture(2)] })],
  ["picture in two fields", keyOf({ ...BAR, photo: picture(2), others: [picture(1), link] })],
  ["place of a picture", requestKey(local("m"), ask({ messages: renderMessages(Shape, BAR).map(moved) }))],
  ["picture of an example", keyOf(BAR, [{ input: { photo: picture(5) }, output: {} }])],
  ["other picture of an example", keyOf(BAR, [{ input: { photo: picture(6) }, output: {} }])],
  ["text in place of a picture", keyOf({ context: "<photo>\nimage 1\n</photo>" })],
];

for (const [what, key] of DIFFERENT) {
  Deno.test(`requestKey() differs when the ${what} differs`, () => assert.notEqual(key, keyOf(BAR)));
}

Deno.test("requestKey() counts the bytes of a picture, not its path or whether they are at hand", () => {
  assert.equal(keyOf({ ...BAR, photo: picture(1, "renamed.png") }), keyOf(BAR));
  assert.equal(keyOf({ ...BAR, photo: JSON.parse(JSON.stringify(picture(1))) }), keyOf(BAR));
});

Deno.test("requestKey() of a message with an empty list of pictures is that of its text alone", () => {
  const messages = [{ role: "user" as const, content: "Capital of France?" }];
  const bare = requestKey(compatible("m", { baseUrl: "http://127.0.0.1:1/v1" }), ask({ messages }));
  const empty = messages.map((message) => ({ ...message, images: [] }));
  assert.equal(
    requestKey(compatible("m", { baseUrl: "http://127.0.0.1:1/v1" }), ask({ messages: empty })),
    bare,
  );
});

Deno.test("requestKey() keeps its value for pictures too, so that shipped recordings stay usable", () => {
  const photo = { kind: "file", sha256: "ab".repeat(32), bytes: 1 } as unknown as Image;
  const messages = renderMessages(Shape, { photo });
  assert.equal(
    requestKey(local("m"), ask({ messages })),
    "0c4ccbb79c4ce954ecef9e1201d6e1fd1bb446ca1d6c2218c4d7a90e94e5d558",
  );
});
