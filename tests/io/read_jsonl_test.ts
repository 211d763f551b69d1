import { InputError, JsonlWriter, readJsonl } from "@lib/io/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";
import { join } from "node:path";
import { inTempFolder } from "./_temp_folder.ts";

interface Result {
  values: unknown[];
  lines: number[];
  torn: { line: number; offset: number }[];
}

async function read(path: string): Promise<Result> {
  const torn: Result["torn"] = [];
  const lines = await Array.fromAsync(readJsonl(path, { onTornLine: (info) => torn.push(info) }));
  return { values: lines.map(({ value }) => value), lines: lines.map(({ line }) => line), torn };
}

async function readText(content: string | Uint8Array): Promise<Result> {
  let result: Result | undefined;
  await inTempFolder(async (folder) => {
    const path = join(folder, "f.jsonl");
    await Deno.writeFile(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
    result = await read(path);
  });
  return result!;
}

async function written(path: string, records: readonly unknown[]): Promise<Uint8Array> {
  await using writer = await JsonlWriter.open(path);
  await Promise.all(records.map((record) => writer.append(record)));
  return await Deno.readFile(path);
}

Deno.test("readJsonl() yields values with their line numbers and skips empty lines", async () => {
  const { values, lines } = await readText('{"a":1}\n\n  \n[null]\r\n"é"\n');
  assert.deepEqual(values, [{ a: 1 }, [null], "é"]);
  assert.deepEqual(lines, [1, 4, 5]);
});

Deno.test("readJsonl() yields null, false, 0 and empty text as values", async () => {
  assert.deepEqual((await readText('null\nfalse\n0\n""\n')).values, [null, false, 0, ""]);
});

Deno.test("readJsonl() takes a byte order mark", async () => {
  assert.deepEqual((await readText('\ufeff{"a":1}\r\n{"a":2}\r\n')).values, [{ a: 1 }, { a: 2 }]);
});

Deno.test("readJsonl() yields nothing for an empty file", async () => {
  assert.deepEqual(await readText(""), { values: [], lines: [], torn: [] });
});

Deno.test("readJsonl() keeps an own key named __proto__", async () => {
  const [value] = (await readText('{"__proto__":{"polluted":1}}\n')).values;
  assert.deepEqual(Object.keys(value as object), ["__proto__"]);
  assert.equal(Reflect.get({}, "polluted"), undefined);
});

Deno.test("readJsonl() joins lines that are longer than a chunk, and letters that a chunk cuts", async () => {
  const records = [{ text: "é".repeat(300_000) }, { text: "👍".repeat(100_001) }, 3];
  const { values, torn } = await readText(records.map((record) => JSON.stringify(record) + "\n").join(""));
  assert.deepEqual(values, records);
  assert.deepEqual(torn, []);
});

Deno.test("readJsonl() drops a torn last line and tells its line and byte offset", async () => {
  assert.deepEqual(await readText('{"t":"é"}\n{"t":"a'), {
    values: [{ t: "é" }],
    lines: [1],
    torn: [{ line: 2, offset: 11 }],
  });
});

Deno.test("readJsonl() drops a last line without its line end even when what is left is JSON", async () => {
  assert.deepEqual(await readText("7\n12"), { values: [7], lines: [1], torn: [{ line: 2, offset: 2 }] });
});

Deno.test("readJsonl() drops a block of zeros that a crash left at the end", async () => {
  const { values, torn } = await readText('{"a":1}\n\0\0\0\0');
  assert.deepEqual([values, torn], [[{ a: 1 }], [{ line: 2, offset: 8 }]]);
});

Deno.test("readJsonl() without onTornLine takes a last line that lacks only its line end, and refuses a torn one", () =>
  inTempFolder(async (folder) => {
    const path = join(folder, "f.jsonl");
    await Deno.writeTextFile(path, '{"a":1}\n{"a":2}');
    assert.deepEqual(await Array.fromAsync(readJsonl(path)), [
      { line: 1, value: { a: 1 } },
      { line: 2, value: { a: 2 } },
    ]);
    await Deno.writeTextFile(path, '{"a":1}\n{"a":');
    await assert.rejects(Array.fromAsync(readJsonl(path)), /line 2\n/);
  }));

Deno.test("readJsonl() throws with file, line and content for damage before the last line", () =>
  inTempFolder(async (folder) => {
    const path = join(folder, "f.jsonl");
    for (
      const [text, line] of [
        ['{"a":1}\n{"a":\n{"a":3}\n', 2],
        ['{"a":1}\n\n{"a":2}{"a":3}\n', 3], // glued by a writer that went on after a tear
        ["{}\n\0\0\n{}\n", 2],
        ["{'a':1}\n", 1],
        ["1\r2\n", 1], // a lone CR ends no line
        ["NaN\n", 1],
      ] as const
    ) {
      await Deno.writeTextFile(path, text);
      await assert.rejects(read(path), (error) => {
        assert(error instanceof InputError);
        assert.match(
          error.message,
          new RegExp(`^Cannot read a line as JSON\n  where:    .*f\\.jsonl, line ${line}\n`),
        );
        return true;
      });
    }
  }));

Deno.test("readJsonl() throws for bytes that are no UTF-8, and yields the lines before them", () =>
  inTempFolder(async (folder) => {
    const path = join(folder, "f.jsonl");
    await Deno.writeFile(path, new Uint8Array([0x31, 0x0a, 0x22, 0xff, 0x22, 0x0a]));
    const values: unknown[] = [];
    await assert.rejects(async () => {
      for await (const { value } of readJsonl(path)) values.push(value);
    }, /line 2/);
    assert.deepEqual(values, [1]);
  }));

Deno.test("readJsonl() releases the file when the reader stops early", () =>
  inTempFolder(async (folder) => {
    const path = join(folder, "f.jsonl");
    await Deno.writeTextFile(path, "1\n2\n3\n");
    for await (const { value } of readJsonl(path)) {
      if (value === 1) break;
    }
    // the sanitizer of resources fails this test when the file stays open
  }));

Deno.test("readJsonl() reads every prefix of a written file as a prefix of the records", () =>
  inTempFolder(async (folder) => {
    const records = [{ id: 1, text: "é👍" }, 123, "a\nb", [true, null], 4567, { nested: { deep: [1.5] } }];
    const bytes = await written(join(folder, "whole.jsonl"), records);
    const cut = join(folder, "cut.jsonl");
    for (let length = 0; length <= bytes.length; length++) {
      const prefix = bytes.subarray(0, length);
      await Deno.writeFile(cut, prefix);
      const whole = prefix.filter((byte) => byte === 10).length;
      const { values, torn } = await read(cut);
      assert.deepEqual(values, records.slice(0, whole));
      const offset = prefix.lastIndexOf(10) + 1;
      assert.deepEqual(torn, offset === length ? [] : [{ line: whole + 1, offset }]);
    }
  }));

Deno.test("readJsonl() and JsonlWriter go on after any tear as if the lost lines had never been written", () =>
  inTempFolder(async (folder) => {
    let file = 0;
    const record = fc.json({ maxDepth: 2 }).map((text): unknown =>
      JSON.parse(JSON.stringify(JSON.parse(text)))
    ); // no -0
    const records = fc.array(record, { maxLength: 6 });
    const property = fc.asyncProperty(records, records, fc.double({ min: 0, max: 1, noNaN: true }), async (
      first,
      second,
      share,
    ) => {
      const path = join(folder, `${file++}.jsonl`);
      const bytes = await written(path, first);
      await Deno.truncate(path, Math.floor(share * bytes.length));
      const { values, torn: [torn] } = await read(path);
      assert.deepEqual(values, first.slice(0, values.length));
      if (torn) await Deno.truncate(path, torn.offset);
      await written(path, second);
      assert.deepEqual(await read(path), {
        values: [...values, ...second],
        lines: [...values, ...second].map((_, index) => index + 1),
        torn: [],
      });
    });
    await fc.assert(property, { numRuns: 60 });
  }));
