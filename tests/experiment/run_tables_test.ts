import { evaluate, loadTask, readJournal, sampledNumbers, usedExamples } from "@lib/experiment/mod.ts";
import { exampleRows, spreadRows } from "@lib/report/mod.ts";
import assert from "node:assert/strict";

/** Replays a part of a shipped task into a folder of its own. */
async function replayed<T>(
  name: string,
  variant: string,
  work: (folder: string, task: Awaited<ReturnType<typeof loadTask>>) => Promise<T>,
): Promise<T> {
  const stateFolder = await Deno.makeTempDir();
  try {
    const task = await loadTask(name);
    const models = ["qwen2.5-coder-1.5b"];
    const { folder } = await evaluate(task, {
      mode: "replay",
      variants: [variant],
      models,
      limit: 9,
      stateFolder,
    });
    return await work(folder, task);
  } finally {
    await Deno.remove(stateFolder, { recursive: true });
  }
}

Deno.test("sampledNumbers() gives the spread of each sampled number from the samples that the journal holds", () =>
  replayed("refund_share", "cot_vote", async (folder) => {
    const numbers = await sampledNumbers(folder);
    assert.deepEqual(numbers.map(({ field, cases }) => [field, cases]), [["days", 9], ["share", 9]]);
    const ranges: number[] = [];
    for await (const line of readJournal(folder)) {
      if (line.type !== "observation") continue;
      const { samples } = line.prediction.diagnostics as { samples: { output?: { share: number } }[] };
      const shares = samples.flatMap(({ output }) => output ? [output.share] : []);
      ranges.push(Math.max(...shares) - Math.min(...shares));
    }
    ranges.sort((a, b) => a - b);
    const share = numbers.find(({ field }) => field === "share");
    assert(share);
    assert.equal(share.statedRange, ranges[4]);
    assert(share.severalModes > 0 && share.severalModes < 9);
    assert.equal(spreadRows(numbers).rows.length, 2);
  }));

Deno.test("sampledNumbers() finds numbers of named calls under their call", () =>
  replayed("refund_share", "workflow_vote_percent", async (folder) => {
    const numbers = await sampledNumbers(folder);
    assert.deepEqual(numbers.map(({ field, cases }) => [field, cases]), [["percent.share", 9]]);
  }));

Deno.test("usedExamples() counts how often each solved case was shown, and finds none where nothing is retrieved", async () => {
  await replayed("ticket_triage", "retrieval", async (folder, task) => {
    const report = await usedExamples(folder, task);
    assert(report);
    assert.equal(report.total, 9);
    let shown = 0; // a mail that shares no word with any case is shown none
    for await (const line of readJournal(folder)) {
      if (line.type !== "observation") continue;
      const { retrieved } = line.prediction.diagnostics as { retrieved: { items: unknown[] } };
      shown += retrieved.items.length;
    }
    assert.equal(report.items.reduce((sum, { used }) => sum + used, 0), shown);
    assert(
      report.items.every(({ id }) => task.dataset.cases.find((entry) => entry.id === id)?.split !== "test"),
    );
    assert.equal(exampleRows(report).rows.length, report.items.length);
  });
  await replayed("ticket_triage", "predict", async (folder, task) => {
    assert.equal(await usedExamples(folder, task), undefined);
  });
});
