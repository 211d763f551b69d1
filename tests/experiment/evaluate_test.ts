import {
  evaluate,
  type EvaluateOptions,
  firstRequests,
  loadTask,
  planRun,
  readJournal,
  type RunEvent,
} from "@lib/experiment/mod.ts";
import { InputError } from "@lib/io/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../end_to_end/_command_line.ts";
import { answerNote, type MadeUpTask, writeTask } from "../end_to_end/_made_up_task.ts";
import { rawObservations } from "../end_to_end/_raw_journal.ts";
import { type ChatServer, startChatServer } from "../servers/chat_server.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const NOWHERE = "http://127.0.0.1:1/v1";
const PRICE = {
  inputPerMillion: 1,
  cachedInputPerMillion: 1,
  outputPerMillion: 1,
  source: "made up",
  asOf: "2026-01-01",
};

/** A workflow of two calls, the second of which has a model of its own. */
const twoModels = (baseUrl: string, options = "") =>
  `flow: workflow("flow", {
    signature: Notes,
    calls: { first: predict(Notes, { corrections: 0 }), second: predict(Notes, { corrections: 0, maxTokens: 99 }) },
    body: async (input, call) => {
      await call("first", input).catch(() => undefined);
      return await call("second", input);
    },
  }).with({ second: { model: compatible("second", { baseUrl: ${JSON.stringify(baseUrl)}, ${options} }) } })`;

const oneModel = (baseUrl: string, options = "") =>
  `flow: workflow("flow", {
    signature: Notes,
    calls: { only: predict(Notes, { corrections: 0 }) },
    body: (input, call) => call("only", input),
  }).with({ only: { model: compatible("own", { baseUrl: ${JSON.stringify(baseUrl)}, ${options} }) } })`;

async function withTask<T>(
  task: MadeUpTask,
  work: (run: (options?: EvaluateOptions) => ReturnType<typeof evaluate>, path: string) => Promise<T>,
): Promise<T> {
  await using folder = await temporaryFolder();
  const path = await writeTask(join(folder.path, "notes"), task);
  const loaded = await loadTask(path);
  return await work(
    (options) => evaluate(loaded, { stateFolder: join(folder.path, "state"), ...options }),
    path,
  );
}

const names = (folder: string) => Array.fromAsync(Deno.readDir(folder), ({ name }) => name);

Deno.test("evaluate() records and replays the calls of a workflow that has a model of its own", async () => {
  await using server = await startChatServer({ respond: answerNote });
  const task = { cases: 8, models: [{ baseUrl: server.baseUrl }], variants: twoModels(server.baseUrl) };
  await withTask(task, async (run, path) => {
    const recorded = await run({ mode: "record" });
    assert.equal(recorded.status, "complete");
    assert.equal(server.stats().total, 16);
    assert.equal((await names(join(path, "recordings"))).length, 2);
    const replayed = await run({ mode: "replay" });
    assert.equal(server.stats().total, 16);
    assert.deepEqual(replayed.summary.cells[0]?.accuracy, recorded.summary.cells[0]?.accuracy);
    assert.deepEqual(replayed.summary.cells[0]?.tokens, recorded.summary.cells[0]?.tokens);
    assert.equal(replayed.summary.cells[0]?.calls.recording, 16);
  });
});

Deno.test("evaluate() records a request once when two variants make the same one", async () => {
  await using server = await startChatServer({ respond: answerNote });
  const models = [{ baseUrl: server.baseUrl, concurrency: 1 }];
  await withTask(
    { cases: 6, models, variants: "one: predict(Notes), same: predict(Notes)" },
    async (run, path) => {
      const { summary } = await run({ mode: "record" });
      const asked = server.stats().total;
      const [one, same] = summary.cells;
      assert.deepEqual([one?.calls.live, same?.calls.live, same?.calls.recording], [asked, 0, asked]);
      const [file] = await names(join(path, "recordings"));
      const lines = (await Deno.readTextFile(join(path, "recordings", file!))).trim().split("\n");
      assert.equal(lines.length, 1 + asked);
    },
  );
});

Deno.test("evaluate() foretells as much and as dear in mode live as where it looks at every case", async () => {
  await using server = await startChatServer({ respond: answerNote });
  const csv = "id,note,colour,kilos,owner\n" +
    Array.from({ length: 30 }, (_, index) => `n${index + 10},Note ${index + 10}: red,red,1,`).join("\n");
  await withTask({ csv, models: [{ baseUrl: server.baseUrl, price: PRICE }], repeats: 2 }, async (run) => {
    const foretold: (readonly [number, number | null])[] = [];
    const onEvent = (event: RunEvent) => {
      if (event.type === "planned") foretold.push([event.found.missing, event.found.atMostUsd]);
    };
    await run({ onEvent });
    await run({ onEvent, mode: "live" });
    const [[missing, usd], [missingLive, usdLive]] = foretold as [[number, number], [number, number]];
    assert.deepEqual([missing, missingLive], [60, 60]);
    assert(Math.abs(usd - usdLive) < 1e-12, "all notes are of one length");
  });
});

Deno.test("evaluate() asks nothing when the endpoint of a workflow's own model is down", async () => {
  await using server = await startChatServer({ respond: answerNote });
  const task = {
    models: [{ baseUrl: server.baseUrl }],
    variants: `plain: predict(Notes), ${oneModel(NOWHERE)}`,
  };
  await withTask(task, async (run) => {
    await assert.rejects(run(), new RegExp(`Cannot reach the endpoint of ${NOWHERE}#own`));
    assert.equal(server.stats().total, 0);
  });
});

Deno.test("evaluate() refuses a budget when a workflow's own model has no price, before it asks anything", async () => {
  await using server = await startChatServer({ respond: answerNote });
  const task = { models: [{ baseUrl: server.baseUrl, price: PRICE }], variants: oneModel(server.baseUrl) };
  await withTask(task, async (run) => {
    await assert.rejects(run({ budgetUsd: 1 }), /The price of .*#own is unknown, so no budget can be kept/);
    assert.equal(server.stats().total, 0);
  });
});

Deno.test("evaluate() ends a budgeted run when a later call of a workflow turns out to have no price", async () => {
  await using server = await startChatServer({ respond: answerNote });
  const task = {
    models: [{ baseUrl: server.baseUrl, price: PRICE, concurrency: 1 }],
    variants: twoModels(server.baseUrl),
  };
  await withTask(task, async (run) => {
    await assert.rejects(run({ budgetUsd: 1 }), /The cost of a call to .*#second is unknown/);
    assert.equal(server.stats().total, 2);
  });
});

Deno.test("evaluate() opens its recordings only when their server runs, so that a later recording can begin", async () => {
  await withTask({ models: [{ baseUrl: NOWHERE }] }, async (run, path) => {
    await assert.rejects(run({ mode: "record" }), InputError);
    assert(!(await names(path)).includes("recordings"));
  });
});

Deno.test("evaluate() refuses to record into a file of another model before it asks anything", async () => {
  await using server = await startChatServer({ respond: answerNote });
  await withTask({ models: [{ baseUrl: server.baseUrl }] }, async (run, path) => {
    const file = `${`${server.baseUrl}#test-model`.replace(/[^A-Za-z0-9._-]+/g, "_")}.jsonl`;
    await Deno.mkdir(join(path, "recordings"));
    const header = {
      format: "assay-recordings/1",
      model: "local:other",
      server: "s",
      recordedAt: "2026-01-01",
    };
    await Deno.writeTextFile(join(path, "recordings", file), `${JSON.stringify(header)}\n`);
    await assert.rejects(run({ mode: "record" }), /recordings of something else[^]*local:other/);
    assert.equal(server.stats().total, 0);
  });
});

Deno.test("evaluate() tells what it plans before the first request, and of each observation once, counting up", async () => {
  await using server = await startChatServer({ respond: answerNote });
  await withTask(
    { cases: 5, models: [{ baseUrl: server.baseUrl, price: PRICE }], repeats: 2 },
    async (run) => {
      const events: RunEvent[] = [];
      let askedBefore = -1;
      await run({
        onEvent: (event) => {
          if (event.type === "planned") askedBefore = server.stats().total;
          events.push(event);
        },
      });
      assert.equal(askedBefore, 0);
      const [planned, ...others] = events;
      assert(planned?.type === "planned");
      const { stored, missing, byModel, atMostUsd } = planned.found;
      assert.deepEqual([stored, missing, [...byModel.values()]], [0, 10, [10]]);
      assert(
        atMostUsd !== null && atMostUsd > 10 * 256 / 1e6 && atMostUsd < 10 * (256 + 500) / 1e6,
        `${atMostUsd}`,
      );
      const counts = others.map((event) =>
        event.type === "observation" ? [event.done, event.total] : event.type
      );
      assert.deepEqual(counts, Array.from({ length: 10 }, (_, index) => [index + 1, 10]));
    },
  );
});

Deno.test("evaluate() keeps a long prompt once in the journal, over a resume too, and puts it back when read", async () => {
  let refuse = true;
  await using server: ChatServer = await startChatServer({
    respond: (request, n) => refuse && n > 4 ? { kind: "status", status: 401 } : answerNote(request),
  });
  await withTask({ cases: 9, models: [{ baseUrl: server.baseUrl, concurrency: 1 }] }, async (run) => {
    assert.equal((await run()).status, "stopped");
    refuse = false;
    const { status, folder } = await run({ resume: true });
    assert.equal(status, "complete");
    const text = await Deno.readTextFile(join(folder, "journal.jsonl"));
    assert.equal(text.match(/"type":"text"/g)?.length, 1);
    assert.equal(text.match(/(Sort the note\. ){9}/g)?.length, 1);
    const sent = new Map(server.requests().map(({ body }) => [JSON.stringify(body.messages), body]));
    let read = 0;
    for await (const line of readJournal(folder)) {
      if (line.type !== "observation") continue;
      read++;
      for (const { messages } of line.calls) assert(sent.has(JSON.stringify(messages)), "as it was sent");
    }
    assert.equal(read, 9);
  });
});

Deno.test("evaluate() resumes a run with its own selection and seed", async () => {
  let refuse = true;
  await using server = await startChatServer({
    respond: (request, n) => refuse && n > 2 ? { kind: "status", status: 403 } : answerNote(request),
  });
  const models = [{ baseUrl: server.baseUrl, concurrency: 1 }];
  await withTask(
    { models, variants: "one: predict(Notes), two: predict(Notes, { maxTokens: 99 })" },
    async (run) => {
      await run({ variants: ["two"], limit: 5, repeats: 2, seed: 7 });
      refuse = false;
      const { folder, summary } = await run({ resume: true });
      assert.deepEqual([summary.manifest.seed, summary.manifest.cases, summary.manifest.repeats], [7, 5, 2]);
      const observations = await rawObservations(folder);
      assert.equal(observations.length, 10);
      assert(observations.every(({ cell }) => cell.startsWith("two/")));
      assert(
        server.requests().every(({ body }) =>
          body.max_tokens === 99 && Math.floor(Number(body.seed) / 1_000_003) === 7
        ),
      );
    },
  );
});

Deno.test("firstRequests() shows the first request of every cell, of workflows and of one case alone", async () => {
  await using folder = await temporaryFolder();
  const path = await writeTask(join(folder.path, "notes"), {
    models: [{ baseUrl: NOWHERE }],
    variants: `one: predict(Notes), ${twoModels(NOWHERE)}`,
  });
  const shown = await firstRequests(planRun(await loadTask(path)), "n3");
  assert.deepEqual(shown.map(({ cell, case: id }) => [cell.split("/")[0], id]), [["one", "n3"], [
    "flow",
    "n3",
  ]]);
  assert(shown.every(({ messages }) => messages.at(-1)?.content.includes("Note 3:")));
  assert.equal(new Set(shown.map(({ key }) => key)).size, 1, "the same request has the same key");
});
