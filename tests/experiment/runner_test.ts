import {
  Journal,
  loadTask,
  observationKey,
  planRun,
  type RunEnd,
  type RunnerOptions,
  runPlan,
  type Task,
} from "@lib/experiment/mod.ts";
import { type AppendFile, InputError } from "@lib/io/mod.ts";
import { createEndpoints, type ModelSpec, openModel } from "@lib/model/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../end_to_end/_command_line.ts";
import { answerNote, type MadeUpTask, noteNumber, writeTask } from "../end_to_end/_made_up_task.ts";
import { type Behaviour, startChatServer } from "../servers/chat_server.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** A file in memory that a test can make fail. */
class MemoryFile implements AppendFile {
  text = "";
  closed = false;
  onWrite: (() => void) | undefined;
  onFlush: (() => void) | undefined;

  write(bytes: Uint8Array): Promise<number> {
    return Promise.try(() => {
      this.onWrite?.();
      this.text += new TextDecoder().decode(bytes);
      return bytes.length;
    });
  }
  syncData(): Promise<void> {
    return Promise.try(() => this.onFlush?.());
  }
  close(): void {
    this.closed = true;
  }
  /** Cases of the observations that were written whole. */
  cases(): string[] {
    return this.text.split("\n").slice(0, -1).map((line) => JSON.parse(line)).filter(({ type }) =>
      type === "observation"
    )
      .map((observation) => observation.case);
  }
}

const full = () => {
  throw new Error("No space left on device (os error 28)");
};

async function withTask<T>(task: MadeUpTask, work: (task: Task) => Promise<T>): Promise<T> {
  await using folder = await temporaryFolder();
  return await work(await loadTask(await writeTask(join(folder.path, "notes"), task)));
}

/** Runs a whole task against its servers, live. */
async function runLive(task: Task, file: MemoryFile, options: Partial<RunnerOptions> = {}): Promise<RunEnd> {
  const endpoints = createEndpoints();
  const open = (spec: ModelSpec) => openModel(spec, { mode: "live", endpoints, policy: { retries: 0 } });
  try {
    await using journal = Journal.over(file);
    return await runPlan(planRun(task), { journal, open, ...options });
  } finally {
    await endpoints.close();
  }
}

async function inputErrorOf(work: Promise<unknown>): Promise<InputError> {
  const error = await work.then(() => undefined, (reason) => reason);
  assert(error instanceof InputError, String(error));
  return error;
}

Deno.test("runPlan() throws what a full disk says, asks no more than was in flight, and leaves whole lines", async () => {
  await using server = await startChatServer({ respond: answerNote });
  await withTask({ cases: 60, models: [{ baseUrl: server.baseUrl, concurrency: 3 }] }, async (task) => {
    const file = new MemoryFile();
    let writes = 0;
    file.onWrite = () => ++writes > 5 ? full() : undefined;
    const error = await inputErrorOf(runLive(task, file));
    assert.match(error.message, /^Cannot write the journal\n[^]*No space left on device[^]*--resume/);
    assert(file.closed);
    const kept = file.cases();
    assert(kept.length >= 4, `${kept}`);
    assert.equal(new Set(kept).size, kept.length);
    assert(
      server.stats().total <= kept.length + 2 * 3,
      `${server.stats().total} requests for ${kept.length} lines`,
    );
  });
});

Deno.test("runPlan() throws what a failing flush says while a request is under way, and ends that request", async () => {
  const held: Behaviour = { kind: "hang" };
  await using server = await startChatServer({ respond: (request, n) => n > 1 ? held : answerNote(request) });
  await withTask({ models: [{ baseUrl: server.baseUrl, concurrency: 1 }] }, async (task) => {
    const file = new MemoryFile();
    const second = server.waitFor(2);
    const flush = Promise.withResolvers<void>();
    file.syncData = () => flush.promise;
    const running = inputErrorOf(runLive(task, file));
    await second; // the first line is written, its flush is under way, and the second case is asked
    flush.reject(new Error("Input/output error (os error 5)"));
    const error = await running;
    assert.match(error.message, /^Cannot write the journal\n[^]*os error 5/);
  });
});

Deno.test("runPlan() is at most one case ahead of the disk at every place", async () => {
  await using server = await startChatServer({ respond: answerNote });
  await withTask({ models: [{ baseUrl: server.baseUrl, concurrency: 2 }] }, async (task) => {
    const file = new MemoryFile();
    const flush = Promise.withResolvers<void>();
    file.syncData = () => flush.promise;
    const running = runLive(task, file);
    await server.waitFor(4);
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
    assert.equal(server.stats().total, 4, "two of each place are asked while nothing is flushed");
    flush.resolve();
    assert.equal((await running).status, "complete");
    assert.equal(file.cases().length, 20);
  });
});

Deno.test("runPlan() tells of an observation only when it is on the disk", async () => {
  await using server = await startChatServer({ respond: answerNote });
  await withTask({ cases: 12, models: [{ baseUrl: server.baseUrl, concurrency: 4 }] }, async (task) => {
    const file = new MemoryFile();
    let onDisk = "";
    file.onFlush = () => onDisk = file.text;
    const told: string[] = [];
    await runLive(task, file, {
      onObservation: (observation) => {
        assert(onDisk.includes(`"case":"${observation.case}"`));
        told.push(observationKey(observation));
      },
    });
    assert.equal(new Set(told).size, 12);
  });
});

Deno.test("runPlan() ends at once when it is aborted, with status interrupted and every finished case kept", async () => {
  const controller = new AbortController();
  await using server = await startChatServer({
    respond: (request, n) => {
      if (n === 8) controller.abort();
      return n > 5 ? { kind: "hang" } : answerNote(request);
    },
  });
  await withTask({ models: [{ baseUrl: server.baseUrl, concurrency: 3 }] }, async (task) => {
    const file = new MemoryFile();
    const { status, stopped } = await runLive(task, file, { signal: controller.signal });
    assert.deepEqual([status, stopped.length], ["interrupted", 0]);
    assert.deepEqual(file.cases().sort(), ["n1", "n2", "n3", "n4", "n5"]);
    await server.waitForAborted(3);
  });
});

Deno.test("runPlan() asks nothing when it is aborted before it begins", async () => {
  await using server = await startChatServer({ respond: answerNote });
  await withTask({ models: [{ baseUrl: server.baseUrl }] }, async (task) => {
    const { status } = await runLive(task, new MemoryFile(), { signal: AbortSignal.abort() });
    assert.equal(status, "interrupted");
    assert.equal(server.stats().total, 0);
  });
});

Deno.test("runPlan() skips what is done and keeps the order of cells, repeats and cases", async () => {
  await using server = await startChatServer({ respond: answerNote });
  await withTask(
    { cases: 3, models: [{ baseUrl: server.baseUrl, concurrency: 1 }], repeats: 2 },
    async (task) => {
      const file = new MemoryFile();
      const [cell] = planRun(task).cells;
      const done = new Map([[observationKey({ cell: cell!.id, case: "n2", repeat: 0 }), undefined]]);
      const { status } = await runLive(task, file, { done });
      assert.equal(status, "complete");
      assert.deepEqual(file.cases(), ["n1", "n3", "n1", "n2", "n3"]);
    },
  );
});

Deno.test("runPlan() throws the error of a faulty program, not that of the requests it ended", async () => {
  await using slow = await startChatServer({ respond: () => ({ kind: "hang" }) });
  await using server = await startChatServer({ respond: answerNote });
  const faulty = `faulty: workflow("faulty", {
    signature: Notes,
    calls: { sort: predict(Notes) },
    body: async (input, call) => {
      const answer = await call("sort", input);
      throw new TypeError("a mistake in the workflow");
      return answer;
    },
  })`;
  await withTask(
    { models: [{ baseUrl: slow.baseUrl }, { baseUrl: server.baseUrl }], variants: faulty },
    async (task) => {
      const file = new MemoryFile();
      await assert.rejects(runLive(task, file), new TypeError("a mistake in the workflow"));
      assert(!file.cases().includes("n1"), "a mistake of the program is no observation");
    },
  );
});

Deno.test("runPlan() keeps the budget when an endpoint reports no usage, by not going on", async () => {
  await using server = await startChatServer({
    respond: () => ({ kind: "reply", content: '{"colour":"red","kilos":1,"owner":null}', usage: null }),
  });
  const price = {
    inputPerMillion: 1,
    cachedInputPerMillion: 1,
    outputPerMillion: 1,
    source: "made up",
    asOf: "2026-01-01",
  };
  await withTask({ models: [{ baseUrl: server.baseUrl, concurrency: 1, price }] }, async (task) => {
    const file = new MemoryFile();
    const error = await inputErrorOf(runLive(task, file, { budgetUsd: 1 }));
    assert.match(error.message, /no budget can be kept/);
    assert(error.message.includes(server.baseUrl));
    assert.equal(server.stats().total, 1);
    assert.deepEqual(file.cases(), ["n1"], "what was paid for is kept");
  });
});

for (const status of [401, 404]) {
  Deno.test(`runPlan() stops an endpoint once, with what it said, when many requests at once get ${status}`, async () => {
    const all = Promise.withResolvers<void>();
    await using refusing = await startChatServer({
      respond: async (_request, n) => {
        if (n === 4) all.resolve();
        await all.promise;
        return { kind: "status", status };
      },
    });
    await using healthy = await startChatServer({ respond: answerNote });
    const models = [{ baseUrl: refusing.baseUrl, concurrency: 4 }, { baseUrl: healthy.baseUrl }];
    await withTask({ models }, async (task) => {
      const file = new MemoryFile();
      const { status: ended, stopped } = await runLive(task, file);
      assert.equal(ended, "stopped");
      assert.deepEqual(stopped.map(({ endpoint, fault }) => [endpoint, fault.status]), [[
        refusing.baseUrl,
        status,
      ]]);
      assert.equal(refusing.stats().total, 4);
      assert.equal(file.cases().length, 20);
      assert(!file.text.includes(refusing.baseUrl), "a refused case is no observation");
    });
  });
}

Deno.test("runPlan() never has more cases in flight at an endpoint than it takes, over all its cells", async () => {
  await using server = await startChatServer({
    respond: async (request) => {
      await new Promise((resolve) => setTimeout(resolve, 0));
      return answerNote(request);
    },
  });
  const models = [{ baseUrl: server.baseUrl, concurrency: 3 }, {
    baseUrl: server.baseUrl,
    model: "b",
    concurrency: 3,
  }];
  await withTask({ cases: 40, models }, async (task) => {
    const file = new MemoryFile();
    await runLive(task, file);
    assert.equal(file.cases().length, 80);
    assert.equal(server.stats().peakInFlight, 3);
    const order = server.requests().map(({ body }) => body.model);
    assert(
      order.lastIndexOf("test-model") - order.indexOf("b") < 3,
      "cells of one endpoint come one after the other",
    );
    assert(server.requests().every((request) => noteNumber(request) > 0));
  });
});

Deno.test("runPlan() stops only the cells that call it when a workflow's own endpoint refuses", async () => {
  await using refusing = await startChatServer({ respond: () => ({ kind: "status", status: 401 }) });
  await using healthy = await startChatServer({ respond: answerNote });
  const mixed = `mixed: workflow("mixed", {
    signature: Notes,
    calls: { sort: predict(Notes) },
    body: (input, call) => call("sort", input),
  }).with({ sort: { model: compatible("own", { baseUrl: ${JSON.stringify(refusing.baseUrl)} }) } })`;
  const models = [{ baseUrl: healthy.baseUrl, concurrency: 2 }, { baseUrl: healthy.baseUrl, model: "b" }];
  await withTask(
    { models, variants: `${mixed}, plain: predict(Notes, { corrections: 0 })` },
    async (task) => {
      const file = new MemoryFile();
      const { status, stopped } = await runLive(task, file, { concurrency: 2 });
      assert.equal(status, "stopped");
      assert.deepEqual(stopped.map(({ endpoint, model }) => [endpoint, model]), [
        [refusing.baseUrl, `${refusing.baseUrl}#own`],
      ]);
      assert(refusing.stats().total <= 2 * 2, `${refusing.stats().total} requests were refused`);
      assert.equal(file.cases().length, 40, "the cells that do not need it went on to their end");
    },
  );
});
