import { assignSplit } from "@lib/dataset/mod.ts";
import assert from "node:assert/strict";

Deno.test("assignSplit() never changes: some ids and their splits", () => {
  const splits = ["t001", "t002", "t003", "t004", "t005", "t006"].map(assignSplit);
  assert.deepEqual(splits, ["dev", "test", "test", "test", "train", "train"]);
});

Deno.test("assignSplit() gives about a quarter to train, a quarter to dev and half to test", () => {
  const counts = { train: 0, dev: 0, test: 0 };
  for (let n = 0; n < 10_000; n++) counts[assignSplit(`case-${n}`)]++;
  const off = (count: number, share: number) =>
    Math.abs(count - share * 10_000) / Math.sqrt(share * (1 - share) * 10_000);
  assert(
    off(counts.train, 0.25) < 4 && off(counts.dev, 0.25) < 4 && off(counts.test, 0.5) < 4,
    JSON.stringify(counts),
  );
});
