import { type AppendFile, InputError, JsonlWriter, readJsonl } from "@lib/io/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { inTempFolder } from "./_temp_folder.ts";

/** A file in memory that counts what is done to it, and whose next steps a test may hold up or fail. */
class FakeFile implements AppendFile {
  readonly steps: string[] = [];
  text = "";
  closed = 0;
  beforeSync: () => Promise<void> = () => Promise.resolve();
  beforeWrite: (bytes: Uint8Array) => Promise<number> = (bytes) => Promise.resolve(bytes.length);

  async write(bytes: Uint8Array): Promise<number> {
    this.steps.push("write");
    const taken = await this.beforeWrite(bytes);
    this.text += new TextDecoder().decode(bytes.subarray(0, taken));
    return taken;
  }
  async syncData(): Promise<void> {
    this.steps.push("sync");
    await this.beforeSync();
  }
  close(): void {
    this.closed++;
  }
}

const full = Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" });

Deno.test("JsonlWriter writes one line a record, in the order of the calls", async () => {
  const file = new FakeFile();
  const writer = new JsonlWriter(file);
  await writer.append({ b: 1, a: "line\nend" });
  await Promise.all([1, 2, 3].map((n) => writer.append(n)));
  assert.equal(file.text, '{"b":1,"a":"line\\nend"}\n1\n2\n3\n');
  await writer.close();
});

Deno.test("JsonlWriter flushes once for all appends of one turn", async () => {
  const file = new FakeFile();
  await using writer = new JsonlWriter(file);
  await Promise.all(Array.from({ length: 100 }, (_, index) => writer.append(index)));
  assert.deepEqual(file.steps, ["write", "sync"]);
  assert.equal(file.text.split("\n").length, 101);
});

Deno.test("JsonlWriter gives all appends that arrive during a flush one flush of their own", async () => {
  const file = new FakeFile();
  const flush = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  file.beforeSync = () => {
    begun.resolve();
    return flush.promise;
  };
  await using writer = new JsonlWriter(file);
  const first = writer.append("first");
  await begun.promise;
  const later = Array.from({ length: 50 }, (_, index) => writer.append(index));
  flush.resolve();
  await Promise.all([first, ...later]);
  assert.deepEqual(file.steps, ["write", "sync", "write", "sync"]);
  assert.equal(file.text, ['"first"', ...Array(50).keys(), ""].join("\n"));
});

Deno.test("JsonlWriter resolves an append only after the flush", async () => {
  const file = new FakeFile();
  const flush = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  file.beforeSync = () => {
    begun.resolve();
    return flush.promise;
  };
  await using writer = new JsonlWriter(file);
  let resolved = false;
  const append = writer.append(1).then(() => resolved = true);
  await begun.promise;
  assert.equal(file.text, "1\n");
  assert.equal(resolved, false);
  flush.resolve();
  await append;
});

Deno.test("JsonlWriter goes on when a write takes a part only", async () => {
  const file = new FakeFile();
  file.beforeWrite = (bytes) => Promise.resolve(Math.min(2, bytes.length));
  await using writer = new JsonlWriter(file);
  await writer.append({ text: "hello" });
  assert.equal(file.text, '{"text":"hello"}\n');
  assert.equal(file.steps.filter((step) => step === "sync").length, 1);
});

Deno.test("JsonlWriter rejects every append under way and every later one when the disk is full", async () => {
  const file = new FakeFile();
  await using writer = new JsonlWriter(file);
  await writer.append("kept");
  file.beforeWrite = () => Promise.reject(full);
  const results = await Promise.allSettled([writer.append(1), writer.append(2)]);
  assert.deepEqual(results.map((result) => result.status === "rejected" && result.reason), [full, full]);
  const before = file.steps.length;
  file.beforeWrite = (bytes) => Promise.resolve(bytes.length); // space again: the file may be torn by now
  await assert.rejects(writer.append(3), full);
  assert.equal(file.steps.length, before);
  assert.equal(file.text, '"kept"\n');
});

Deno.test("JsonlWriter rejects the appends that waited for a flush that failed", async () => {
  const file = new FakeFile();
  const flush = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  file.beforeSync = () => {
    begun.resolve();
    return flush.promise;
  };
  await using writer = new JsonlWriter(file);
  const first = writer.append(1);
  await begun.promise;
  const second = writer.append(2);
  flush.reject(full);
  const results = await Promise.allSettled([first, second]);
  assert.deepEqual(results.map((result) => result.status === "rejected" && result.reason), [full, full]);
  assert.deepEqual(file.steps, ["write", "sync", "write"]); // written meanwhile, and not flushed after the failure
});

Deno.test("JsonlWriter.begin() resolves written before the flush, and lets further lines be written meanwhile", async () => {
  const file = new FakeFile();
  const flush = Promise.withResolvers<void>();
  file.beforeSync = () => flush.promise;
  await using writer = new JsonlWriter(file);
  const first = writer.begin(1);
  let flushed = false;
  const done = first.flushed.then(() => flushed = true);
  await first.written;
  await writer.begin(2).written;
  assert.deepEqual([file.text, flushed], ["1\n2\n", false]);
  flush.resolve();
  await done;
});

Deno.test("JsonlWriter leaves whole lines before the tear when the disk fills up inside a line", () =>
  inTempFolder(async (folder) => {
    const file = new FakeFile();
    await using writer = new JsonlWriter(file);
    await writer.append({ id: 1 });
    let room = 6;
    file.beforeWrite = (bytes) => {
      if (room === 0) return Promise.reject(full);
      const taken = Math.min(room, bytes.length);
      room -= taken;
      return Promise.resolve(taken);
    };
    await assert.rejects(writer.append({ id: 2 }), full);
    const path = join(folder, "torn.jsonl");
    await Deno.writeTextFile(path, file.text);
    const torn: unknown[] = [];
    const lines = await Array.fromAsync(readJsonl(path, { onTornLine: (info) => torn.push(info) }));
    assert.deepEqual(lines, [{ line: 1, value: { id: 1 } }]);
    assert.deepEqual(torn, [{ line: 2, offset: 9 }]);
  }));

Deno.test("JsonlWriter rejects, and does not hang, when the file takes no bytes", async () => {
  const file = new FakeFile();
  file.beforeWrite = () => Promise.resolve(0);
  await using writer = new JsonlWriter(file);
  await assert.rejects(writer.append("ab"), /took 0 of 5 bytes/);
});

Deno.test({
  name: "JsonlWriter rejects on a real device without space",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using writer = await JsonlWriter.open("/dev/full");
    await assert.rejects(writer.append({ id: 1 }), /os error 28/);
    await assert.rejects(writer.append({ id: 2 }), /os error 28/);
  },
});

Deno.test("JsonlWriter refuses what is no JSON data and writes on", async () => {
  const file = new FakeFile();
  await using writer = new JsonlWriter(file);
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  for (const record of [undefined, () => 1, Symbol("s"), 10n, circular]) {
    await assert.rejects(writer.append(record), TypeError); // rejects: it does not throw at the call
  }
  await writer.append({ id: 1 });
  assert.equal(file.text, '{"id":1}\n');
});

Deno.test("JsonlWriter takes the record as it is at the call", async () => {
  const file = new FakeFile();
  await using writer = new JsonlWriter(file);
  const record = { n: 1 };
  const append = writer.append(record);
  record.n = 2;
  await append;
  assert.equal(file.text, '{"n":1}\n');
});

Deno.test("JsonlWriter.close() waits for the lines under way and releases the file once", async () => {
  const file = new FakeFile();
  const writer = new JsonlWriter(file);
  const append = writer.append(1);
  await Promise.all([writer.close(), append]);
  await writer.close();
  await writer[Symbol.asyncDispose]();
  assert.deepEqual([file.text, file.closed], ["1\n", 1]);
});

Deno.test("JsonlWriter rejects an append after close()", () =>
  inTempFolder(async (folder) => {
    const writer = await JsonlWriter.open(join(folder, "f.jsonl"));
    await writer.close();
    await assert.rejects(writer.append(1));
  }));

Deno.test("JsonlWriter.open() makes the file with its folder, and appends to what is there", () =>
  inTempFolder(async (folder) => {
    const path = join(folder, "a", "b", "f.jsonl");
    for (const n of [1, 2]) {
      await using writer = await JsonlWriter.open(path);
      await writer.append({ n });
    }
    assert.equal(await Deno.readTextFile(path), '{"n":1}\n{"n":2}\n');
  }));

Deno.test("JsonlWriter.open() refuses a file whose last line is torn, and leaves it as it is", () =>
  inTempFolder(async (folder) => {
    const path = join(folder, "f.jsonl");
    for (const text of ['{"n":1}\n{"n":', '{"n":1}', "\0"]) {
      await Deno.writeTextFile(path, text);
      await assert.rejects(JsonlWriter.open(path), InputError);
      assert.equal(await Deno.readTextFile(path), text);
    }
  }));
