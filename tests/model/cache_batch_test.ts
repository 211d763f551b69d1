import { openCache, type StoredReply } from "@lib/model/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";

const stored: StoredReply = {
  reply: { text: "{}", finishReason: "stop" },
  usage: null,
  attempts: [{ durationMs: 1 }],
  at: "2026-01-01T00:00:00.000Z",
};

Deno.test("openCache() has every reply on file at once with a batch of 1, and none before the batch is full", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const [batch, kept] of [[1, 3], [3, 3], [4, 0]] as const) {
      const path = join(folder, `${batch}.sqlite`);
      const cache = openCache(path, () => undefined, { batch });
      for (const key of ["a", "b", "c"]) await cache.put(key, stored);
      const other = openCache(path);
      const found = ["a", "b", "c"].filter((key) => other.get(key) !== undefined);
      assert.equal(found.length, kept, `batch ${batch}`);
      await other.close();
      await cache.close();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
