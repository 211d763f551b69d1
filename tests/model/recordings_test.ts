import {
  openRecorder,
  readRecordings,
  type Recordings,
  type RecordingsHeader,
  requestKey,
  type StoredReply,
} from "@lib/model/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { startChatServer } from "../servers/chat_server.ts";
import { ask, serve } from "./_served_model.ts";

/** All folders of these tests, removed when they end. */
const ROOT = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(ROOT, { recursive: true }));

Deno.test.sanitizer({ ops: true, resources: true });

const HEADER: RecordingsHeader = {
  format: "assay-recordings/1",
  model: "local:tiny",
  server: "llama.cpp b1",
  weightsSha256: "ab".repeat(32),
  recordedAt: "2026-11-24",
};
const HEADER_LINE = JSON.stringify(HEADER);

function stored(text: string | null, more: Partial<StoredReply> = {}): StoredReply {
  return {
    reply: { text, finishReason: "stop" },
    usage: { inputTokens: 100, cachedTokens: 64, outputTokens: 10, reasoningTokens: 4 },
    attempts: [{ durationMs: 12 }, { durationMs: 345 }],
    at: "2026-01-02T03:04:05Z",
    ...more,
  };
}

const line = (key: string, changes: Record<string, unknown> = {}) =>
  JSON.stringify({
    key,
    at: "2026-01-02T03:04:05Z",
    text: "x",
    finish: "stop",
    usage: null,
    ms: [1],
    ...changes,
  });

/** A folder with one file of recordings, `m.jsonl`, made of lines or of a text. */
async function folderWith(content: string | readonly string[]): Promise<{ folder: string; path: string }> {
  const folder = await Deno.makeTempDir({ dir: ROOT });
  const path = join(folder, "m.jsonl");
  await Deno.writeTextFile(path, typeof content === "string" ? content : content.join("\n") + "\n");
  return { folder, path };
}

const read = (folder: string): Promise<Recordings> => readRecordings(folder, (text) => assert.fail(text));

async function record(path: string, folder: string, replies: Record<string, StoredReply>): Promise<void> {
  const recorder = await openRecorder(path, HEADER, await readRecordings(folder, () => {}));
  for (const [key, reply] of Object.entries(replies)) await recorder.put(key, reply);
  await recorder.close();
}

Deno.test("openRecorder() keeps replies that readRecordings() gives back with their own times", async () => {
  const folder = join(await Deno.makeTempDir({ dir: ROOT }), "recordings");
  const replies = {
    a: stored('{"city":"Paris"}\nwith "quotes" and \u2028 and 🙂'),
    b: stored(null, { usage: null, reply: { text: null, finishReason: null, refusal: "no" } }),
    c: stored("", { attempts: [], reply: { text: "", finishReason: "length" } }),
  };
  await record(join(folder, "m.jsonl"), folder, replies);
  const recordings = await read(folder);
  assert.equal(recordings.size, 3);
  assert.deepEqual(recordings.headers, [HEADER]);
  for (const [key, reply] of Object.entries(replies)) assert.deepEqual(recordings.get(key), reply);
  assert.equal(recordings.get("d"), undefined);
});

Deno.test("openRecorder() writes the format that shipped recordings have", async () => {
  const { folder, path } = await folderWith("");
  await record(path, folder, {
    a: stored("x", { at: "2026-01-02T03:04:05.678Z", attempts: [{ durationMs: 12.34 }] }),
    b: stored(null, {
      usage: null,
      reply: { text: null, finishReason: "stop", refusal: "no", servedBy: "m" },
    }),
  });
  assert.equal(
    await Deno.readTextFile(path),
    `${HEADER_LINE}\n` +
      '{"key":"a","at":"2026-01-02T03:04:05Z","text":"x","finish":"stop","usage":[100,64,10,4],"ms":[12]}\n' +
      '{"key":"b","at":"2026-01-02T03:04:05Z","text":null,"finish":"stop","refusal":"no","usage":null,"ms":[12,345]}\n',
  );
});

Deno.test("openRecorder() gives back what it wrote and what was known before, without reading again", async () => {
  const { folder, path } = await folderWith([HEADER_LINE, line("old")]);
  const recorder = await openRecorder(path, HEADER, await read(folder));
  await recorder.put("new", stored("y"));
  assert.equal(recorder.get("old")?.reply.text, "x");
  assert.equal(recorder.get("new")?.reply.text, "y");
  assert.equal((await read(folder)).get("new")?.reply.text, "y"); // on the disk before anything is closed
  await recorder.close();
});

Deno.test("openRecorder() writes one header, however often a file is continued", async () => {
  const folder = await Deno.makeTempDir({ dir: ROOT });
  const path = join(folder, "m.jsonl");
  for (const key of ["a", "b", "c"]) await record(path, folder, { [key]: stored(key) });
  const lines = (await Deno.readTextFile(path)).trimEnd().split("\n");
  assert.equal(lines.length, 4);
  assert.equal(lines.filter((text) => text === HEADER_LINE).length, 1);
});

for (
  const [what, torn] of [
    ["in mid-line", line("torn").slice(0, 30)],
    ["just before its line end", line("torn")],
    ["in the middle of a character", `${line("torn").slice(0, 20)}\u00e9`],
    ["after its first byte", "{"],
  ] as const
) {
  Deno.test(`openRecorder() continues a file whose last line was torn ${what}`, async () => {
    const { folder, path } = await folderWith([HEADER_LINE, line("whole")]);
    const bytes = new TextEncoder().encode(torn);
    const cut = what.includes("character") ? bytes.subarray(0, -1) : bytes;
    await Deno.writeFile(path, cut, { append: true });
    const warnings: string[] = [];
    assert.equal((await readRecordings(folder, (text) => warnings.push(text))).size, 1);
    assert.deepEqual(warnings, [`${path}: dropped a torn last line`]);
    await record(path, folder, { next: stored("next") });
    const recordings = await read(folder);
    assert.equal(recordings.size, 2);
    assert.equal(recordings.get("whole")?.reply.text, "x");
    assert.equal(recordings.get("next")?.reply.text, "next");
  });
}

for (const [what, content] of [["empty", ""], ["torn in its header", HEADER_LINE.slice(0, 40)]] as const) {
  Deno.test(`openRecorder() begins a file that is ${what} with its header`, async () => {
    const { folder, path } = await folderWith(content);
    await record(path, folder, { a: stored("x") });
    const recordings = await read(folder);
    assert.deepEqual(recordings.headers, [HEADER]);
    assert.equal(recordings.size, 1);
  });
}

for (
  const [what, header] of [
    ["another model", { ...HEADER, model: "local:other" }],
    ["other weights", { ...HEADER, weightsSha256: "cd".repeat(32) }],
  ] as const
) {
  Deno.test(`openRecorder() does not add to recordings of ${what}`, async () => {
    const { folder, path } = await folderWith([JSON.stringify(header), line("a")]);
    const before = await Deno.readTextFile(path);
    await assert.rejects(openRecorder(path, HEADER, await read(folder)), (error: Error) => {
      assert.equal(error.name, "InputError");
      assert(error.message.includes(`${path}, line 1`));
      assert(error.message.includes(`found:    ${header.model}, weights ${header.weightsSha256}`));
      assert(error.message.includes(`expected: ${HEADER.model}, weights ${HEADER.weightsSha256}`));
      return true;
    });
    assert.equal(await Deno.readTextFile(path), before);
  });
}

Deno.test("openRecorder() adds to a file of stated weights where the weights are not known now", async () => {
  const { folder, path } = await folderWith([HEADER_LINE, line("a")]);
  const { weightsSha256: _, ...unknown } = HEADER;
  const recorder = await openRecorder(path, unknown, await read(folder));
  await recorder.put("b", stored("y"));
  await recorder.close();
  assert.equal((await read(folder)).size, 2);
});

Deno.test("readRecordings() has no recordings where the folder is missing", async () => {
  const recordings = await read(join(await Deno.makeTempDir({ dir: ROOT }), "none"));
  assert.equal(recordings.size, 0);
  assert.deepEqual(recordings.headers, []);
});

Deno.test("readRecordings() reads every .jsonl file of the folder and nothing else", async () => {
  const { folder } = await folderWith([HEADER_LINE, line("a")]);
  const second = { ...HEADER, model: "local:second" };
  await Deno.writeTextFile(join(folder, "n.jsonl"), `${JSON.stringify(second)}\n${line("b")}\n`);
  await Deno.writeTextFile(join(folder, "README.md"), "not recordings");
  const recordings = await read(folder);
  assert.equal(recordings.size, 2);
  assert.deepEqual(recordings.headers.map(({ model }) => model), ["local:tiny", "local:second"]);
});

Deno.test("readRecordings() wants a header in every file, not only in the first", async () => {
  const { folder } = await folderWith([HEADER_LINE, line("a")]);
  const path = join(folder, "n.jsonl");
  await Deno.writeTextFile(path, `${line("b")}\n`);
  await assert.rejects(read(folder), (error: Error) => error.message.includes(`${path}, line 1`));
});

const DAMAGED: readonly (readonly [string, string])[] = [
  ["no JSON", "{"],
  ["no object", "7"],
  ["no key", JSON.stringify({ ...JSON.parse(line("a")), key: undefined })],
  ["no date", line("a", { at: undefined })],
  ["no text", line("a", { text: undefined })],
  ["text that is a number", line("a", { text: 7 })],
  ["no finish reason", line("a", { finish: undefined })],
  ["refusal that is no text", line("a", { refusal: {} })],
  ["usage of three counts", line("a", { usage: [1, 2, 3] })],
  ["usage of texts", line("a", { usage: ["1", "2", "3", "4"] })],
  ["no usage", line("a", { usage: undefined })],
  ["durations that are no list", line("a", { ms: 5 })],
  ["durations of texts", line("a", { ms: ["5"] })],
];

for (const [what, damaged] of DAMAGED) {
  Deno.test(`readRecordings() names file and line of a line with ${what}`, async () => {
    const { folder, path } = await folderWith([HEADER_LINE, line("a"), damaged, line("b")]);
    await assert.rejects(read(folder), (error: Error) => {
      assert.equal(error.name, "InputError");
      assert(error.message.includes(`${path}, line 3`), error.message);
      assert.match(error.message, /fix: /);
      return true;
    });
  });
}

for (
  const [what, header] of [["other format", { ...HEADER, format: "assay-recordings/2" }], [
    "no header",
    {},
  ]] as const
) {
  Deno.test(`readRecordings() names the file that begins with ${what}`, async () => {
    const { folder, path } = await folderWith([JSON.stringify(header), line("a")]);
    await assert.rejects(read(folder), (error: Error) => error.message.includes(`${path}, line 1`));
  });
}

Deno.test("put() of recordings that were opened for reading rejects", async () => {
  const { folder } = await folderWith([HEADER_LINE]);
  await assert.rejects((await read(folder)).put("a", stored("x")), TypeError);
});

Deno.test("generate() in mode record asks only for what is missing, and a later replay asks for nothing", async () => {
  const folder = await Deno.makeTempDir({ dir: ROOT });
  const path = join(folder, "m.jsonl");
  await using server = await startChatServer({ answer: ({ number }) => `answer ${number}` });
  const generate = async (mode: "record" | "replay", rollouts: number[]) => {
    const known = await read(folder);
    const recordings = mode === "record" ? await openRecorder(path, HEADER, known) : known;
    await using served = serve(server, { model: { mode, recordings } });
    const calls = [];
    for (const rollout of rollouts) calls.push(await served.model.generate(ask({ rollout })));
    await recordings.close();
    return calls;
  };
  await generate("record", [0, 1]);
  assert.equal(server.stats().total, 2);
  const second = await generate("record", [0, 1, 2]);
  assert.deepEqual(second.map(({ source }) => source), ["recording", "recording", "live"]);
  assert.equal(server.stats().total, 3);
  const replayed = await generate("replay", [0, 1, 2]);
  assert.deepEqual(replayed.map(({ result }) => result.ok && result.reply.text), [
    "answer 1",
    "answer 2",
    "answer 3",
  ]);
  assert.equal(server.stats().total, 3);
  assert.equal((await read(folder)).get(requestKey(serve(server).spec, ask()))?.reply.text, "answer 1");
});
