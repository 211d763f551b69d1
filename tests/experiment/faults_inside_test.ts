import { type CellSummary, evaluate, type EvaluateOptions, type Task } from "@lib/experiment/mod.ts";
import { compatible, embedder } from "@lib/model/mod.ts";
import {
  abstain,
  bestOfN,
  bm25,
  chainOfThought,
  derived,
  embedding,
  fused,
  nearestNeighbour,
  predict,
  type Program,
  refine,
  retrieval,
  rules,
  selfConsistency,
  selfContext,
  workflow,
} from "@lib/program/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../end_to_end/_command_line.ts";
import { rawObservations } from "../end_to_end/_raw_journal.ts";
import { Reason, Refund, type RefundProgram, Share } from "../program/_strategies.ts";
import { type Behaviour, type ChatRequest, startChatServer } from "../servers/chat_server.ts";
import { startEmbeddingServer } from "../servers/embedding_server.ts";
import {
  refundRow,
  type RefundTask,
  refundTask,
  rightAnswer,
  rolloutOf,
  ticketNumber,
} from "./_refund_task.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const once: RefundProgram = predict(Refund, { corrections: 0 });
const reward = ({ share }: { share: number }) => share;
const steps = workflow("steps", {
  signature: Refund,
  calls: { reason: predict(Reason, { corrections: 0 }), share: predict(Share, { corrections: 0 }) },
  body: async ({ ticket }, call) => {
    const { reason } = await call("reason", { ticket });
    const { share } = await call("share", { ticket, reason });
    return { reason, share };
  },
});

/** What the server does with every request about a ticket, and how the case is counted whatever asks about it. */
const LASTING: Readonly<Record<number, [behaviour: Behaviour | undefined, category: string]>> = {
  1: [undefined, "correct"],
  2: [{ kind: "status", status: 500 }, "provider_error"],
  3: [{ kind: "reply", content: "It depends." }, "format"],
  4: [{ kind: "length", content: '{"reason":"la' }, "truncated"],
  5: [{ kind: "refusal", text: "I cannot help with that." }, "refused"],
  6: [{ kind: "null_content" }, "empty"],
  7: [{ kind: "status", status: 408 }, "timeout"],
  8: [{ kind: "reply", content: '{"reasoning":"r","reason":"broken","share":99}' }, "wrong"],
  9: [undefined, "correct"],
};

async function withTask<T>(
  task: Omit<RefundTask, "folder">,
  work: (run: (options?: EvaluateOptions) => ReturnType<typeof evaluate>, task: Task) => Promise<T>,
): Promise<T> {
  await using folder = await temporaryFolder();
  const made = await refundTask({ folder: join(folder.path, "refunds"), ...task });
  return await work((options) =>
    evaluate(made, {
      stateFolder: join(folder.path, "state"),
      mode: "live",
      policy: { retries: 0 },
      ...options,
    }), made);
}

/** Every observation is in every denominator, whatever became of it. */
function assertWhole(cell: CellSummary, planned: number): void {
  assert.deepEqual([cell.planned, cell.observed, cell.accuracy.total], [planned, planned, planned], cell.id);
  assert.equal(Object.values(cell.categories).reduce((sum, count) => sum + count, 0), planned);
  assert.equal(cell.accuracy.passed, cell.categories.correct);
  for (const { total, outcomes } of Object.values(cell.fields)) {
    assert.equal(total, planned);
    assert.equal(Object.values(outcomes).reduce((sum, count) => sum + count, 0), planned);
  }
  for (const { n, errors } of Object.values(cell.metrics)) assert.equal(n + errors, planned);
}

Deno.test("evaluate() counts a lasting fault in the same category whatever strategy meets it, and drops nothing", async () => {
  await using server = await startChatServer({
    respond: (request) => LASTING[ticketNumber(request)]?.[0] ?? rightAnswer(request),
  });
  const variants = {
    predict: once,
    cot: chainOfThought(Refund, { corrections: 0 }),
    context: selfContext(once, { sources: [derived("First guess", once)] }),
    vote: selfConsistency(once, { samples: 3 }),
    best: bestOfN(once, { n: 2, reward }),
    mend: refine(once, { attempts: 2, check: () => undefined }),
    steps,
    steps_vote: steps.with({ share: { strategy: (one) => selfConsistency(one, { samples: 2 }) } }),
    vote_steps: selfConsistency(steps, { samples: 2 }),
  } as unknown as Record<string, Program>;
  const numbers = Object.keys(LASTING).map(Number);
  const task = {
    models: [{ baseUrl: server.baseUrl }],
    variants,
    cases: numbers.map((n) => refundRow(n)),
    repeats: 2,
  };
  await withTask(task, async (run) => {
    const { summary, folder, status } = await run();
    assert.equal(status, "complete");
    assert.equal(summary.cells.length, Object.keys(variants).length);
    for (const cell of summary.cells) {
      assertWhole(cell, 2 * numbers.length);
      const counted = Object.entries(cell.categories).filter(([, count]) => count > 0);
      assert.deepEqual(Object.fromEntries(counted), {
        provider_error: 2,
        timeout: 2,
        refused: 2,
        empty: 2,
        truncated: 2,
        format: 2,
        wrong: 2,
        correct: 4,
      }, cell.id);
    }
    for (const { cell, case: id, score, calls } of await rawObservations(folder)) {
      assert.equal(score.category, LASTING[Number(id.slice(1))]?.[1], `${cell} ${id}`);
      assert(calls.length >= 1, "what was paid for is kept");
    }
    const asked = summary.cells.reduce((sum, { calls }) => sum + calls.total, 0);
    assert.equal(asked, server.stats().total);
  });
});

Deno.test("evaluate() counts a case as answered when one sample of five fails, and keeps that it did", async () => {
  const faults: Behaviour[] = [
    { kind: "status", status: 500 },
    { kind: "reply", content: "It depends." },
    { kind: "length", content: '{"reason":"la' },
    { kind: "refusal", text: "No." },
    { kind: "null_content" },
  ];
  const fails = (request: ChatRequest) => rolloutOf(request) % 5 === ticketNumber(request) % 5;
  await using server = await startChatServer({
    respond: (request) => fails(request) ? faults[ticketNumber(request) - 1] : rightAnswer(request),
  });
  const variants = { vote: selfConsistency(once, { samples: 5 }) } as unknown as Record<string, Program>;
  const cases = faults.map((_, index) => refundRow(index + 1));
  await withTask({ models: [{ baseUrl: server.baseUrl }], variants, cases, repeats: 2 }, async (run) => {
    const { summary: { cells: [cell] }, folder } = await run();
    assert(cell);
    assertWhole(cell, 10);
    assert.equal(cell.accuracy.passed, 10);
    assert.deepEqual([cell.calls.total, cell.calls.failedAttempts], [50, 2]);
    for (const { prediction, case: id } of await rawObservations(folder)) {
      const { fields, samples } = Reflect.get(prediction, "diagnostics");
      assert.deepEqual([fields.share.n, fields.share.failed], [4, 1]);
      const at = samples.findIndex(({ status }: { status: string }) => status === "failed");
      assert.equal(at, Number(id.slice(1)) % 5);
    }
  });
});

Deno.test("evaluate() counts abstentions of strategies and of rules apart, never as wrong", async () => {
  await using server = await startChatServer({
    respond: (request) => {
      const torn = ticketNumber(request) % 2 === 0 && rolloutOf(request) % 2 === 1;
      return torn ? LASTING[8]![0] : rightAnswer(request);
    },
  });
  const variants = {
    rules: rules(Refund, ({ ticket }) => ticket.includes(" 1:") ? { reason: "late", share: 1 } : undefined),
    unsure: selfConsistency(once, { samples: 2, onUnstable: abstain() }),
    vote_unsure: selfConsistency(selfConsistency(once, { samples: 2, onUnstable: abstain() }), {
      samples: 2,
    }),
    steps: workflow("asking", {
      signature: Refund,
      calls: { only: selfConsistency(once, { samples: 2, onUnstable: abstain() }) },
      body: (input, call) => call("only", input),
    }),
    told: selfContext(once, {
      sources: [derived("Vote", selfConsistency(once, { samples: 2, onUnstable: abstain() }))],
    }),
  } as unknown as Record<string, Program>;
  const cases = [1, 2, 3, 4, 5].map((n) => refundRow(n));
  await withTask({ models: [{ baseUrl: server.baseUrl }], variants, cases }, async (run) => {
    const { summary } = await run();
    for (const cell of summary.cells) {
      assertWhole(cell, 5);
      const { abstained, correct } = cell.categories;
      assert.deepEqual([abstained, correct], cell.variant === "rules" ? [4, 1] : [2, 3], cell.id);
    }
  });
});

Deno.test("evaluate() counts what an embedding server could not find as retrieval_error, and goes on with the rest", async () => {
  let alive = true;
  await using vectors = await startEmbeddingServer({
    respond: () => alive ? undefined : new Response(null, { status: 500 }),
  });
  await using server = await startChatServer({
    respond: (request) => {
      if (ticketNumber(request) === 12) alive = false;
      return rightAnswer(request);
    },
  });
  const spec = embedder(compatible("vectors", { baseUrl: vectors.baseUrl }));
  const variants = {
    by_meaning: retrieval(once, { by: embedding(spec), k: 2 }),
    by_both: selfConsistency(retrieval(once, { by: fused(bm25(), embedding(spec)), k: 2 }), { samples: 2 }),
    by_words: retrieval(once, { k: 2 }),
    of_none: retrieval(once, { from: "dev" }),
    nearest_of_none: nearestNeighbour(Refund, { from: "dev" }),
  } as unknown as Record<string, Program>;
  const cases = [
    ...[1, 2, 3].map((n) => refundRow(n, { split: "train" })),
    ...[11, 12, 13, 14].map((n) => refundRow(n, { split: "test" })),
  ];
  const models = [{ baseUrl: server.baseUrl, concurrency: 1 }];
  await withTask({ models, variants, cases }, async (run) => {
    const { summary, status } = await run({ split: "test" });
    assert.equal(status, "complete");
    const counted = summary.cells.map((cell) => {
      assertWhole(cell, 4);
      return [cell.variant, cell.categories.correct, cell.categories.retrieval_error];
    });
    assert.deepEqual(counted, [
      ["nearest_of_none", 0, 4],
      ["by_meaning", 2, 2],
      ["by_both", 0, 4],
      ["by_words", 4, 0],
      ["of_none", 0, 4],
    ]);
    const broken = summary.cells.find(({ variant }) => variant === "by_meaning");
    assert.equal(broken?.calls.failedAttempts, 2);
  });
});

Deno.test("evaluate() asks nothing when an embedding server is down from the start, and says how to go on", async () => {
  await using server = await startChatServer({ respond: rightAnswer });
  const spec = embedder(compatible("vectors", { baseUrl: "http://127.0.0.1:1/v1" }));
  const variants = { by_meaning: retrieval(once, { by: embedding(spec) }) } as unknown as Record<
    string,
    Program
  >;
  const cases = [refundRow(1, { split: "train" }), refundRow(2, { split: "test" })];
  await withTask({ models: [{ baseUrl: server.baseUrl }], variants, cases }, async (run) => {
    await assert.rejects(run({ split: "test" }), /Cannot reach the endpoint of .*#vectors/);
    assert.equal(server.stats().total, 0);
  });
});
