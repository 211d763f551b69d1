import {
  evaluate,
  type EvaluateOptions,
  Journal,
  lookUp,
  planRun,
  runPlan,
  type Task,
} from "@lib/experiment/mod.ts";
import { type AppendFile, InputError } from "@lib/io/mod.ts";
import { createEndpoints, type Mode, type ModelSpec, openModel } from "@lib/model/mod.ts";
import { predict, priorOutputs, type Program, selfContext, userState } from "@lib/program/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../end_to_end/_command_line.ts";
import { rawObservations } from "../end_to_end/_raw_journal.ts";
import { memory } from "../model/_memory_store.ts";
import { answerTo, Refund } from "../program/_strategies.ts";
import { type ChatRequest, lastUserText, startChatServer } from "../servers/chat_server.ts";
import {
  refundRow,
  type RefundTask,
  refundTask,
  rightAnswer,
  rolloutOf,
  ticketNumber,
} from "./_refund_task.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** Session of each ticket; the sessions are interleaved in the file, and two tickets are in none. */
const SESSIONS: Readonly<Record<number, string | undefined>> = {
  1: "s1",
  2: "s2",
  3: "s1",
  7: undefined,
  4: "s2",
  5: "s1",
  6: "s2",
  8: undefined,
};
const TICKETS = [1, 2, 3, 7, 4, 5, 6, 8];
const CASES = TICKETS.map((n) => refundRow(n, SESSIONS[n] ? { session: SESSIONS[n] } : {}));

/** Tickets of the same session that come before one. */
function before(n: number): number[] {
  const session = SESSIONS[n];
  return TICKETS.slice(0, TICKETS.indexOf(n)).filter((other) => session && SESSIONS[other] === session);
}

/** What shows earlier tickets with their answers; its token limit tells its requests from others. */
function withEarlier(maxTokens: number, options: Parameters<typeof priorOutputs>[0] = {}): Program {
  const program = predict(Refund, { corrections: 0, maxTokens });
  return selfContext(program, { sources: [priorOutputs(options)] }) as unknown as Program;
}

async function withTask<T>(
  task: Omit<RefundTask, "folder" | "cases"> & Partial<Pick<RefundTask, "cases">>,
  work: (run: (options?: EvaluateOptions) => ReturnType<typeof evaluate>, task: Task) => Promise<T>,
): Promise<T> {
  await using folder = await temporaryFolder();
  const made = await refundTask({ cases: CASES, ...task, folder: join(folder.path, "refunds") });
  return await work((options) =>
    evaluate(made, {
      stateFolder: join(folder.path, "state"),
      mode: "live",
      policy: { retries: 0 },
      ...options,
    }), made);
}

/** Earlier tickets that a request shows, each with what is said of it. */
function shownIn(request: ChatRequest): [ticket: number, said: string][] {
  return [...lastUserText(request).matchAll(/^ticket: Ticket (\d+):.*\n(.*)$/gm)]
    .map(([, ticket, said]) => [Number(ticket), said ?? ""]);
}

Deno.test("cases of a session run one after the other in their order, sessions side by side", async () => {
  const four = Promise.withResolvers<void>();
  const running = new Map<string, number>();
  const order = new Map<string, number[]>();
  await using server = await startChatServer({
    respond: async (request, n) => {
      if (n === 4) four.resolve();
      const ticket = ticketNumber(request);
      const chain = SESSIONS[ticket] ?? `ticket ${ticket}`;
      assert(!running.has(chain), `ticket ${ticket} was asked while ${running.get(chain)} was`);
      running.set(chain, ticket);
      order.set(chain, [...order.get(chain) ?? [], ticket]);
      await four.promise; // two sessions and the tickets without one are all under way
      running.delete(chain);
      return rightAnswer(request);
    },
  });
  const models = [{ baseUrl: server.baseUrl, concurrency: 4 }];
  await withTask({ models, variants: { plain: predict(Refund) as unknown as Program } }, async (run) => {
    assert.equal((await run()).status, "complete");
    assert.equal(server.stats().peakInFlight, 4);
    assert.deepEqual([order.get("s1"), order.get("s2")], [[1, 3, 5], [2, 4, 6]]);
  });
});

/** A number of its own for each model, variant, repeat and ticket. */
function shareOf(request: Pick<ChatRequest, "body">, ticket: number): number {
  const { body: { model, max_tokens } } = request;
  const cell = 2 * (model === "m1" ? 1 : 0) + Number(max_tokens) - 50;
  return (cell * 3 + rolloutOf(request as ChatRequest)) * 8 + ticket - 1;
}

Deno.test("a case is shown what its own cell and repeat answered before, in order, and nothing of other cells, repeats or later cases", async () => {
  await using server = await startChatServer({
    respond: (request) => ({
      kind: "reply",
      content: answerTo(request, "late", shareOf(request, ticketNumber(request))),
    }),
  });
  const models = ["m0", "m1"].map((model) => ({ model, baseUrl: server.baseUrl, concurrency: 8 }));
  const variants = { one: withEarlier(50), other: withEarlier(51) };
  await withTask({ models, variants, repeats: 3 }, async (run) => {
    const { folder } = await run();
    assert.equal(server.stats().total, 2 * 2 * 3 * TICKETS.length);
    for (const request of server.requests()) {
      const wanted = before(ticketNumber(request)).map((ticket) => [
        ticket,
        `answered: ${JSON.stringify({ reason: "late", share: shareOf(request, ticket) })}`,
      ]);
      assert.deepEqual(shownIn(request), wanted);
    }
    for (const { case: id, prediction } of await rawObservations(folder)) {
      const { context: { blocks } } = Reflect.get(prediction, "diagnostics");
      const ids = before(Number(id.slice(1))).map((ticket) => `r${ticket}`);
      assert.deepEqual(blocks.flatMap((block: { ids: string[] }) => block.ids), ids);
    }
  });
});

Deno.test("a case that failed is shown as not answered, and its truth only from when it is known", async () => {
  await using server = await startChatServer({
    respond: (request) =>
      ticketNumber(request) === 3 ? { kind: "reply", content: "It depends." } : rightAnswer(request),
  });
  const models = [{ baseUrl: server.baseUrl }];
  const variants = { never: withEarlier(50), settled: withEarlier(51, { truthAfter: 2 }) };
  await withTask({ models, variants }, async (run) => {
    await run();
    const shown = server.requests().filter((request) => ticketNumber(request) === 5);
    const byLimit = Object.fromEntries(shown.map((request) => [request.body.max_tokens, shownIn(request)]));
    const answer = '{"reason":"late","share":1}';
    assert.deepEqual(byLimit, {
      50: [[1, `answered: ${answer}`], [3, "not answered"]],
      51: [[1, `right answer: ${answer}`], [3, "not answered"]],
    });
  });
});

Deno.test("a run that was killed anywhere in its sessions and resumed asks what an uninterrupted one asks", async () => {
  let stop: (n: number) => boolean = () => false;
  let from = 0;
  await using server = await startChatServer({
    respond: (request, n) => stop(n - from) ? { kind: "hang" } : rightAnswer(request),
  });
  const models = [{ baseUrl: server.baseUrl, concurrency: 2 }];
  await withTask({ models, variants: { story: withEarlier(50) } }, async (run) => {
    const asked = () => server.requests().slice(from).map(({ text }) => text).toSorted();
    await run();
    const whole = asked();
    assert.equal(new Set(whole).size, TICKETS.length);
    for (const held of [1, 3, 4, 6, 8]) {
      from = server.stats().total;
      const controller = new AbortController();
      stop = (n) => {
        if (n === held) queueMicrotask(() => controller.abort());
        return n >= held;
      };
      assert.equal((await run({ signal: controller.signal })).status, "interrupted");
      stop = () => false;
      const { status, folder } = await run({ resume: true });
      assert.equal(status, "complete");
      assert.deepEqual([...new Set(asked())], whole);
      assert.equal((await rawObservations(folder)).length, TICKETS.length);
    }
  });
});

/** Runs a task's plan in a mode, with a store and no files. */
async function runWith(task: Task, mode: Mode, store: ReturnType<typeof memory>["store"]) {
  const endpoints = createEndpoints();
  const open = (spec: ModelSpec) => openModel(spec, { mode, recordings: store, endpoints });
  const nowhere: AppendFile = {
    write: (bytes) => Promise.resolve(bytes.length),
    syncData: () => Promise.resolve(),
    close: () => {},
  };
  try {
    await using journal = Journal.over(nowhere);
    return await runPlan(planRun(task), { journal, open });
  } finally {
    await endpoints.close();
  }
}

Deno.test("lookUp() counts later cases of a session as missing with an earlier one, where they would be shown its answer", async () => {
  await using server = await startChatServer({
    respond: (request) => {
      const reason = request.body.max_tokens === 50 ? "late" : "broken";
      return { kind: "reply", content: answerTo(request, reason, ticketNumber(request)) };
    },
  });
  const variants = {
    story: withEarlier(50),
    plain: predict(Refund, { corrections: 0, maxTokens: 51 }) as unknown as Program,
  };
  await withTask({ models: [{ baseUrl: server.baseUrl }], variants }, async (_run, task) => {
    const { store, held } = memory();
    assert.equal((await runWith(task, "record", store)).status, "complete");
    assert.equal(held.size, 2 * TICKETS.length);
    const plan = planRun(task);
    const endpoints = createEndpoints();
    const open = (spec: ModelSpec) => openModel(spec, { mode: "replay", recordings: store, endpoints });
    const counts = async (done: Parameters<typeof lookUp>[2] = new Map()) => {
      const { stored, missing } = await lookUp(plan, open, done);
      return { stored, missing };
    };
    assert.deepEqual(await counts(), { stored: 16, missing: 0 });
    const forget = (answer: string) => {
      const key = [...held].find(([, { reply }]) => reply.text === answer)?.[0];
      assert(key !== undefined && held.delete(key));
    };
    forget('{"reason":"broken","share":1}');
    assert.deepEqual(await counts(), { stored: 15, missing: 1 }, "plain: nothing else hangs on it");
    forget('{"reason":"late","share":3}');
    assert.deepEqual(await counts(), { stored: 13, missing: 3 }, "story: ticket 5 comes after 3");
    const [cell] = plan.cells.filter(({ variant }) => variant === "story");
    const done = new Map([[`${cell?.id}\nr3\n0`, { reason: "late", share: 3 }]]);
    assert.deepEqual(await counts(done), { stored: 14, missing: 1 }, "done: its answer is known");
  });
});

async function loadErrorOf(cases: RefundTask["cases"]): Promise<string> {
  const models = [{ baseUrl: "http://127.0.0.1:1/v1" }];
  const error = await withTask(
    { models, variants: { story: withEarlier(50) }, cases },
    () => Promise.resolve(undefined),
  ).catch((reason) => reason);
  assert(error instanceof InputError, String(error));
  return error.message;
}

Deno.test("a session that is not in the order of time is refused with file, line and both ids", async () => {
  const message = await loadErrorOf([
    refundRow(1, { session: "s1", at: "2026-03-02", split: "test" }),
    refundRow(2, { session: "s2", at: "2026-01-01", split: "test" }), // another session may be older
    refundRow(3, { session: "s1", at: "2026-03-01T09:30:00Z", split: "test" }),
  ]);
  assert.match(message, /The session s1 is not in the order of time/);
  assert.match(message, /cases\.csv, line 4, case r3/);
  assert.match(message, /case r1 on line 2/);
});

Deno.test("a session or a group across two splits is refused with file and line", async () => {
  for (const key of ["session", "group"]) {
    const message = await loadErrorOf([
      refundRow(1, { [key]: "k", split: "train" }),
      refundRow(2, { [key]: "k", split: "test" }),
    ]);
    assert.match(
      message,
      new RegExp(`The ${key} k spans two splits[^]*line 3[^]*test here, train on line 2`),
    );
  }
});

Deno.test("columns state.NAME reach userState(), each case its own, and no model sees those that it does not name", async () => {
  await using server = await startChatServer({ respond: rightAnswer });
  const variants = {
    tier: selfContext(predict(Refund), { sources: [userState("tier", "city")] }) as unknown as Program,
  };
  const cases = [
    refundRow(1, { "state.tier": "gold", "state.city": "Ulm", "state.age": "aged-44" }),
    refundRow(2, { "state.tier": "basic", "state.age": "aged-45" }),
    refundRow(3, { "state.age": "aged-46" }),
  ];
  await withTask({ models: [{ baseUrl: server.baseUrl }], variants, cases }, async (run) => {
    await run();
    const shown = new Map(
      server.requests().map((request) => [
        ticketNumber(request),
        /^<context>\nAbout the customer\n([^]*?)\n<\/context>/.exec(lastUserText(request))?.[1],
      ]),
    );
    assert.deepEqual([shown.get(1), shown.get(2), shown.get(3)], [
      "tier: gold\ncity: Ulm",
      "tier: basic",
      undefined,
    ]);
    assert(server.requests().every(({ text }) => !text.includes("aged-")));
  });
});
