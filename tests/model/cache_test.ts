import { openCache, type StoredReply } from "@lib/model/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";

Deno.test.sanitizer({ ops: true, resources: true });

function stored(text: string | null): StoredReply {
  return {
    reply: { text, finishReason: "stop", servedBy: "m 1" },
    usage: { inputTokens: 100, cachedTokens: 64, outputTokens: 10, reasoningTokens: 4 },
    attempts: [{ durationMs: 1.25, fault: { kind: "server", status: 500, message: "HTTP 500" } }, {
      durationMs: 2,
    }],
    at: "2026-01-02T03:04:05.678Z",
  };
}

const newPath = async () => join(await Deno.makeTempDir(), "deep", "cache.sqlite");

/** The error of a cache that cannot be used: it names the file and the way out. */
function isUnusable(path: string) {
  return (error: Error) => {
    assert.equal(error.name, "InputError");
    assert(error.message.includes(`where:    ${path}`), error.message);
    assert.match(error.message, /fix: {6}delete that file/);
    return true;
  };
}

Deno.test("openCache() makes its file with its folder and gives back every member of a reply", async () => {
  const cache = openCache(await newPath());
  const replies = {
    a: stored('"🙂"\n\u0000'),
    b: stored(null),
    c: { ...stored(""), usage: null, attempts: [] },
  };
  for (const [key, reply] of Object.entries(replies)) await cache.put(key, reply);
  for (const [key, reply] of Object.entries(replies)) assert.deepEqual(cache.get(key), reply);
  assert.equal(cache.get("d"), undefined);
  await cache.close();
});

Deno.test("openCache() keeps replies when it is closed and opened again, and the newest for a key", async () => {
  const path = await newPath();
  for (const text of ["first", "second"]) {
    const cache = openCache(path);
    await cache.put("a", stored(text));
    await cache.put(text, stored(text));
    await cache.close();
  }
  const cache = openCache(path);
  assert.equal(cache.get("a")?.reply.text, "second");
  assert.equal(cache.get("first")?.reply.text, "first");
  await cache.close();
});

for (
  const [what, bytes] of [
    ["a text", "this is no database, and longer than the header that a database has: ".repeat(20)],
    ["the head of a database and rubbish", `SQLite format 3\0${"rubbish ".repeat(1000)}`],
  ] as const
) {
  Deno.test(`openCache() rejects a file that is ${what}, with a way out, and lets go of it`, async () => {
    const path = join(await Deno.makeTempDir(), "cache.sqlite");
    await Deno.writeTextFile(path, bytes);
    assert.throws(() => openCache(path), isUnusable(path));
    await Deno.remove(path);
    const cache = openCache(path);
    await cache.put("a", stored("x"));
    await cache.close();
  });
}

Deno.test("openCache() rejects a database of something else", async () => {
  const path = join(await Deno.makeTempDir(), "cache.sqlite");
  const other = new DatabaseSync(path);
  other.exec("CREATE TABLE replies (something TEXT)");
  other.close();
  assert.throws(() => openCache(path), isUnusable(path));
});

Deno.test("openCache() rejects a path that is a folder, or lies below a file", async () => {
  const folder = await Deno.makeTempDir();
  assert.throws(() => openCache(folder), isUnusable(folder));
  await Deno.writeTextFile(join(folder, "file"), "");
  const path = join(folder, "file", "cache.sqlite");
  assert.throws(() => openCache(path), isUnusable(path));
});

Deno.test("get() rejects a damaged page or row with a way out, and never invents a reply", async () => {
  const path = await newPath();
  const cache = openCache(path);
  for (let index = 0; index < 500; index++) await cache.put(`key ${index}`, stored("x".repeat(500)));
  await cache.close();
  const size = (await Deno.stat(path)).size;
  const file = await Deno.open(path, { write: true });
  await file.seek(4096, Deno.SeekMode.Start);
  await file.write(new Uint8Array(size - 4096).fill(0xaa));
  file.close();
  const damaged = openCache(path);
  assert.throws(() => damaged.get("key 7"), isUnusable(path));
  await damaged.close();
});

Deno.test("get() rejects a row that is no JSON with a way out", async () => {
  const path = await newPath();
  await openCache(path).close();
  const database = new DatabaseSync(path);
  database.exec("INSERT INTO replies VALUES ('a', '{\"reply\":')");
  database.close();
  const cache = openCache(path);
  assert.throws(() => cache.get("a"), isUnusable(path));
  await cache.close();
});

Deno.test("put() warns once when replies cannot be kept, never rejects, and does not lock others out", async () => {
  const path = await newPath();
  await openCache(path).close();
  const other = new DatabaseSync(path);
  other.exec(
    "PRAGMA busy_timeout = 0; CREATE TRIGGER full BEFORE INSERT ON replies WHEN NEW.key = 'bad' " +
      "BEGIN SELECT RAISE(FAIL, 'disk is full'); END",
  );
  const warnings: string[] = [];
  const cache = openCache(path, (text) => warnings.push(text));
  for (const key of ["a", "bad", ...Array.from({ length: 100 }, (_, index) => `key ${index}`), "bad"]) {
    await cache.put(key, stored("x"));
  }
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? "", /cache\.sqlite: replies are no longer cached: .*disk is full/);
  other.exec("INSERT INTO replies VALUES ('other', '{}')");
  await cache.close();
  assert.equal(warnings.length, 1);
  other.close();
});

/** A second process with the same cache: opens it, writes when told so, and reads when told so. */
const SECOND = `
  import { openCache } from "@lib/model/mod.ts";
  const [path, count] = Deno.args;
  const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream()).getReader();
  const cache = openCache(path);
  console.log("open");
  await lines.read();
  const stored = { reply: { text: "theirs", finishReason: "stop" }, usage: null, attempts: [], at: "" };
  for (let index = 0; index < Number(count); index++) await cache.put("theirs " + index, stored);
  await cache.close();
  console.log("written");
  await lines.read();
  const again = openCache(path);
  let found = 0;
  for (let index = 0; index < Number(count); index++) found += again.get("ours " + index) ? 1 : 0;
  await again.close();
  console.log("found " + found);
`;

Deno.test("openCache() serves two processes that open, write and read it at the same time", async () => {
  const path = await newPath();
  const count = 300;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", "--ext=ts", SECOND, "--", path, String(count)],
    cwd: fileURLToPath(new URL("../../", import.meta.url)),
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const said = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const orders = child.stdin.getWriter();
  const order = () => orders.write(new TextEncoder().encode("\n"));
  const ours = openCache(path);
  assert.equal((await said.read()).value, "open\n");
  await order();
  for (let index = 0; index < count; index++) {
    await ours.put(`ours ${index}`, stored("ours"));
    await new Promise((resolve) => setTimeout(resolve)); // lets the other process have its turns
  }
  assert.equal((await said.read()).value, "written\n");
  await ours.close();
  await order();
  assert.equal((await said.read()).value, `found ${count}\n`);
  const reopened = openCache(path);
  for (let index = 0; index < count; index++) {
    assert.equal(reopened.get(`ours ${index}`)?.reply.text, "ours");
    assert.equal(reopened.get(`theirs ${index}`)?.reply.text, "theirs");
  }
  await reopened.close();
  await orders.close();
  assert.equal((await child.status).code, 0);
  await said.cancel();
});

Deno.test("openCache() waits for another process that makes the same new file", async () => {
  const path = join(await Deno.makeTempDir(), "cache.sqlite");
  const other = new DatabaseSync(path);
  other.exec("BEGIN EXCLUSIVE");
  const script = `
    import { openCache } from "@lib/model/mod.ts";
    console.log("opening");
    await openCache(Deno.args[0]).close();
    console.log("opened");
  `;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", "--ext=ts", script, "--", path],
    cwd: fileURLToPath(new URL("../../", import.meta.url)),
    stdout: "piped",
  }).spawn();
  const said = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  assert.equal((await said.read()).value, "opening\n");
  await new Promise((resolve) => setTimeout(resolve, 50)); // it says nothing while it waits
  other.exec("COMMIT");
  other.close();
  assert.equal((await said.read()).value, "opened\n");
  assert.equal((await child.status).code, 0);
  await said.cancel();
});
