import { evaluate, experiment, openTask, planRun, readJournal } from "@lib/experiment/mod.ts";
import { compatible } from "@lib/model/mod.ts";
import { predict } from "@lib/program/mod.ts";
import { image, signature, unscored } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { z } from "zod";
import { inTempFolder } from "../io/_temp_folder.ts";
import { startChatServer } from "../servers/chat_server.ts";
import { arrivedImages } from "../servers/content_parts.ts";
import { png } from "../signature/_pictures.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const Shape = signature({
  name: "shape",
  instructions: "Name the shape.",
  input: { photo: image(), context: z.string() },
  output: { shape: z.string(), confidence: unscored(z.number()) },
});
const ANSWER = '{"shape":"disc","confidence":0.4}';

async function makeTask(folder: string, baseUrl: string, price?: number) {
  await Deno.writeFile(join(folder, "a.png"), png(4, 3, 1));
  await Deno.writeFile(join(folder, "b.png"), png(4, 3, 2));
  const rows =
    "id,photo,context,shape,split\nx1,a.png,one,disc,test\nx2,b.png,two,bar,test\nx3,https://example.org/c.png,three,disc,test\n";
  await Deno.writeTextFile(join(folder, "cases.csv"), rows);
  const prices = {
    inputPerMillion: price ?? 0,
    cachedInputPerMillion: 0,
    outputPerMillion: 1,
    source: "s",
    asOf: "d",
  };
  return await openTask(
    experiment({
      name: "shape",
      dataset: "./cases.csv",
      variants: { predict: predict(Shape) },
      models: [compatible("m", { baseUrl, price: prices })],
    }),
    folder,
  );
}

Deno.test("a run sends every picture once, scores what has a truth, and journals digests without bytes", async () => {
  await inTempFolder(async (folder) => {
    await using server = await startChatServer({ answer: () => ANSWER });
    const task = await makeTask(folder, server.baseUrl);
    const { summary, folder: run } = await evaluate(task, {
      mode: "live",
      stateFolder: join(folder, "state"),
    });
    assert.deepEqual(summary.cells.map(({ accuracy }) => [accuracy.passed, accuracy.total]), [[2, 3]]);
    assert.deepEqual(Object.keys(summary.cells[0]?.fields ?? {}), ["shape"]);
    assert.equal(server.stats().total, 3);
    assert.deepEqual(server.requests().flatMap(arrivedImages).map(({ url }) => url).sort(), [
      "data:image/png",
      "data:image/png",
      "https://example.org/c.png",
    ]);
    const text = await Deno.readTextFile(join(run, "journal.jsonl"));
    assert(!text.includes("base64") && !text.includes("iVBOR"));
    const kept: unknown[] = [];
    for await (const line of readJournal(run)) {
      if (line.type !== "observation") continue;
      const [placed] = line.calls[0]?.messages.at(-1)?.images ?? [];
      assert.equal(placed?.at, "<photo>\nimage 1\n".length);
      kept.push(placed?.image);
    }
    const loaded = task.dataset.cases.map(({ input }) => JSON.parse(JSON.stringify(input.photo)));
    assert.deepEqual(
      new Set(kept.map((image) => JSON.stringify(image))),
      new Set(loaded.map((image) => JSON.stringify(image))),
    );
  });
});

Deno.test("a run goes on from its journal and from the cache without sending a picture again", async () => {
  await inTempFolder(async (folder) => {
    await using server = await startChatServer({ answer: () => ANSWER });
    const task = await makeTask(folder, server.baseUrl);
    const stateFolder = join(folder, "state");
    const first = await evaluate(task, { mode: "auto", stateFolder });
    await evaluate(task, { mode: "auto", stateFolder, resume: first.summary.manifest.id });
    const again = await evaluate(task, { mode: "auto", stateFolder });
    assert.equal(again.summary.cells[0]?.calls.cache, 3);
    assert.equal(server.stats().total, 3);
  });
});

Deno.test("a run ends as bad input, before a request, when a picture changed between loading and running", async () => {
  await inTempFolder(async (folder) => {
    await using server = await startChatServer({ answer: () => ANSWER });
    const task = await makeTask(folder, server.baseUrl);
    await Deno.writeFile(join(folder, "a.png"), png(4, 3, 99));
    const running = evaluate(task, { mode: "live", concurrency: 1, stateFolder: join(folder, "state") });
    await assert.rejects(running, /A picture has changed since it was loaded/);
    assert.equal(server.stats().total, 0);
  });
});

Deno.test("the price of a run with pictures is unknown beforehand, unless input costs nothing", async () => {
  await inTempFolder(async (folder) => {
    await using server = await startChatServer({ answer: () => ANSWER });
    const forecasts: (number | null)[] = [];
    for (const price of [0, 2]) {
      const task = await makeTask(folder, server.baseUrl, price);
      assert.equal(planRun(task).cases.length, 3);
      await evaluate(task, {
        mode: "live",
        stateFolder: join(folder, "state"),
        onEvent: (event) => event.type === "planned" && forecasts.push(event.found.atMostUsd),
      });
    }
    assert(forecasts[0] !== null && forecasts[0] !== undefined && forecasts[0] > 0);
    assert.equal(forecasts[1], null);
  });
});
