import { writeAll } from "@lib/io/write_all.ts";
import fc from "fast-check";
import assert from "node:assert/strict";

Deno.test("writeAll() writes every byte, in order, however few a single write takes", async () => {
  const text = fc.string({ unit: fc.constantFrom("a", "é", "👍", "\0", "\ufeff") });
  const property = fc.asyncProperty(text, fc.integer({ min: 1, max: 5 }), async (content, most) => {
    const taken: number[] = [];
    const write = (bytes: Uint8Array) => {
      const part = bytes.subarray(0, most);
      taken.push(...part);
      return Promise.resolve(part.length);
    };
    await writeAll({ write }, content);
    assert.equal(new TextDecoder("utf-8", { ignoreBOM: true }).decode(new Uint8Array(taken)), content);
  });
  await fc.assert(property, { numRuns: 40 });
});

Deno.test("writeAll() throws when a write takes nothing, and does not try for ever", async () => {
  let writes = 0;
  const write = () => Promise.resolve(writes++ === 0 ? 2 : 0);
  await assert.rejects(writeAll({ write }, "hello"), { message: "Cannot write: the file took 2 of 5 bytes" });
  assert.equal(writes, 2);
});
