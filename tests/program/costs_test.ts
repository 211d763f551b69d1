import { adaptive, precise, unanimous } from "@lib/aggregate/mod.ts";
import { compatible, createEndpoints, embedder, openEmbedder } from "@lib/model/mod.ts";
import {
  abstain,
  accept,
  act,
  bestOfN,
  bm25,
  chainOfThought,
  derived,
  embedding,
  escalate,
  fused,
  majorityClass,
  nearestNeighbour,
  predict,
  priorOutputs,
  refine,
  retrieval,
  rules,
  type Scope,
  selfConsistency,
  selfContext,
  userState,
  workflowHistory,
} from "@lib/program/mod.ts";
import assert from "node:assert/strict";
import type { ChatServer } from "../servers/chat_server.ts";
import { startEmbeddingServer } from "../servers/embedding_server.ts";
import { scopeAt } from "./_scope.ts";
import {
  assess,
  corpus,
  INPUT,
  limitsOf,
  once,
  Refund,
  type RefundProgram,
  serveBadly,
  serveWell,
  UNDER,
  withExample,
} from "./_strategies.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** What one run of a strategy costs. */
interface Row {
  program: RefundProgram;
  /** Token limits of its requests when all goes well, in order. */
  well: number[];
  /** Requests and output tokens at most. */
  most: [requests: number, outputTokens: number];
}

const times = (count: number, limit = 256) => Array<number>(count).fill(limit);
const rewardOfTen = ({ share }: { share: number }) => share === 10 ? 1 : 0;
const checkOfTen = ({ share }: { share: number }) => share === 10 ? undefined : "not ten";
const elsewhere = compatible("big-model", { baseUrl: "http://127.0.0.1:1/v1" });

/** Every strategy as the table in ARCHITECTURE.md names it; `p` is `predict(S)`, one call with one correction. */
const ROWS: Readonly<Record<string, Row>> = {
  "majorityClass(S)": { program: majorityClass(Refund), well: [], most: [0, 0] },
  "nearestNeighbour(S)": { program: nearestNeighbour(Refund), well: [], most: [0, 0] },
  "rules(S, …)": {
    program: rules(Refund, () => ({ reason: "late" as const, share: 10 })),
    well: [],
    most: [0, 0],
  },
  "predict(S, { corrections: 0 })": {
    program: predict(Refund, { corrections: 0 }),
    well: [256],
    most: [1, 256],
  },
  "predict(S)": { program: once, well: [256], most: [2, 512] },
  "predict(S, { corrections: 3, maxTokens: 40 })": {
    program: predict(Refund, { corrections: 3, maxTokens: 40 }),
    well: [40],
    most: [4, 160],
  },
  "chainOfThought(S)": { program: chainOfThought(Refund), well: [512], most: [2, 1024] },
  "selfContext(p, priorOutputs())": {
    program: selfContext(once, { sources: [priorOutputs()] }),
    well: [256],
    most: [2, 512],
  },
  "selfContext(p, userState(…))": {
    program: selfContext(once, { sources: [userState("tier")] }),
    well: [256],
    most: [2, 512],
  },
  "selfContext(p, workflowHistory())": {
    program: selfContext(once, { sources: [workflowHistory()] }),
    well: [256],
    most: [2, 512],
  },
  "selfContext(p, derived(title, function))": {
    program: selfContext(once, { sources: [derived("Length", ({ ticket }: typeof INPUT) => ticket.length)] }),
    well: [256],
    most: [2, 512],
  },
  "selfContext(p, derived(title, chainOfThought(S)))": {
    program: selfContext(once, { sources: [derived("First guess", chainOfThought(Refund))] }),
    well: [512, 256],
    most: [4, 1536],
  },
  "selfConsistency(p)": { program: selfConsistency(once), well: times(5), most: [10, 2560] },
  "selfConsistency(p, adaptive({ atMost: 8 }))": {
    program: selfConsistency(once, { samples: adaptive({ atMost: 8 }) }),
    well: times(4),
    most: [16, 4096],
  },
  "selfConsistency(p, unanimous({ window: 3, atMost: 9 }))": {
    program: selfConsistency(once, { samples: unanimous({ window: 3, atMost: 9 }) }),
    well: times(3),
    most: [18, 4608],
  },
  "selfConsistency(p, precise({ within: 2, atMost: 8 }))": {
    program: selfConsistency(once, { samples: precise({ within: 2, atMost: 8 }), watch: ["share"] }),
    well: times(5),
    most: [16, 4096],
  },
  "selfConsistency(p, 3, accept())": {
    program: selfConsistency(once, { samples: 3, onUnstable: accept() }),
    well: times(3),
    most: [6, 1536],
  },
  "selfConsistency(p, 3, abstain())": {
    program: selfConsistency(once, { samples: 3, onUnstable: abstain() }),
    well: times(3),
    most: [6, 1536],
  },
  "selfConsistency(p, 3, act(…))": {
    program: selfConsistency(once, {
      samples: 3,
      onUnstable: act([{ action: "apply", minShare: 0.9 }, { action: "review" }]),
    }),
    well: times(3),
    most: [6, 1536],
  },
  "selfConsistency(p, 3, escalate(chainOfThought(S)))": {
    program: selfConsistency(once, { samples: 3, onUnstable: escalate(chainOfThought(Refund)) }),
    well: times(3),
    most: [8, 2560],
  },
  "bestOfN(p, { n: 4 })": {
    program: bestOfN(once, { n: 4, reward: rewardOfTen }),
    well: times(4),
    most: [8, 2048],
  },
  "bestOfN(p, { n: 4, threshold })": {
    program: bestOfN(once, { n: 4, reward: rewardOfTen, threshold: 1 }),
    well: [256],
    most: [8, 2048],
  },
  "refine(p, { attempts: 3 })": {
    program: refine(once, { attempts: 3, check: checkOfTen }),
    well: [256],
    most: [6, 1536],
  },
  "retrieval(p)": { program: retrieval(once), well: [256], most: [2, 512] },
  "compiled(p, …)": { program: withExample(once), well: [256], most: [2, 512] },
  "workflow of two calls p": { program: assess, well: times(2), most: [4, 1024] },
  "the same, one call selfConsistency(p)": {
    program: assess.with({ share: { strategy: (program) => selfConsistency(program) } }),
    well: times(6),
    most: [12, 3072],
  },
  "the same, both calls selfConsistency(p)": {
    program: assess.with({
      reason: { strategy: (program) => selfConsistency(program) },
      share: { strategy: (program) => selfConsistency(program) },
    }),
    well: times(10),
    most: [20, 5120],
  },
};

/** Runs a program on the second case of a session, where there are solved cases. */
async function runAt(server: ChatServer, program: RefundProgram, changes: Partial<Scope> = {}) {
  await using scope = scopeAt(server, { case: UNDER, examples: () => corpus, ...changes });
  return await program.run(INPUT, scope);
}

for (const [name, { program, well, most }] of Object.entries(ROWS)) {
  Deno.test(`${name} asks exactly as often, and for as many tokens, as its forecast says`, async () => {
    const { calls, outputTokens } = program.forecast();
    assert.deepEqual([calls.most, outputTokens], most);
    {
      await using server = await serveWell();
      const prediction = await runAt(server, program);
      assert.equal(prediction.status, "ok");
      assert.deepEqual(limitsOf(server), well);
      assert.equal(calls.least, well.length);
      assert.equal(prediction.calls.length, well.length, "each request is a call of the trace");
    }
    await using server = await serveBadly(name.includes("corrections: 3") ? 3 : 1);
    const prediction = await runAt(server, program);
    const limits = limitsOf(server);
    assert.deepEqual([limits.length, limits.reduce((sum, limit) => sum + limit, 0)], most);
    assert.equal(prediction.calls.length, most[0]);
  });
}

Deno.test("retrieval() by embeddings asks for one embedding a search, and once for its corpus, whatever ranks beside", async () => {
  await using vectors = await startEmbeddingServer();
  await using endpoints = { ...createEndpoints(), [Symbol.asyncDispose]: () => endpoints.close() };
  const spec = embedder(compatible("vectors", { baseUrl: vectors.baseUrl }));
  const open: NonNullable<Scope["embedder"]> = (wanted) => openEmbedder(wanted, { mode: "live", endpoints });
  for (const by of [embedding(spec), fused(bm25(), embedding(spec))]) {
    const program = retrieval(once, { by });
    assert.deepEqual(program.forecast(), { calls: { least: 2, most: 3 }, outputTokens: 512 });
    await using server = await serveWell();
    const before = vectors.requests.length;
    // a scope opens its embedders once, so that what is embedded is kept
    await using scope = scopeAt(server, { case: UNDER, examples: () => corpus, embedder: open });
    const predictions = [await program.run(INPUT, scope), await program.run(INPUT, scope)];
    assert.deepEqual(predictions.map(({ calls }) => calls.length), [3, 2]);
    assert.equal(vectors.requests.length - before, 3);
    assert.deepEqual(limitsOf(server), times(2));
  }
});

Deno.test("escalate() to another model asks that one, and no other, for what its forecast says", async () => {
  await using big = await serveBadly();
  await using server = await serveBadly();
  const to = { ...elsewhere, endpoint: { ...elsewhere.endpoint, id: big.baseUrl, baseUrl: big.baseUrl } };
  const program = selfConsistency(once, { samples: 3, onUnstable: escalate(to) });
  assert.deepEqual(program.forecast(), { calls: { least: 3, most: 8 }, outputTokens: 8 * 256 });
  await runAt(server, program);
  assert.deepEqual([server.stats().total, big.stats().total], [6, 2]);
  assert(big.requests().every(({ body }) => body.model === "big-model"));
});

Deno.test("a workflow whose call has another model costs as much, each at its own", async () => {
  await using big = await serveWell();
  await using server = await serveWell();
  const model = compatible("big-model", { baseUrl: big.baseUrl });
  const program = assess.with({ share: { model } });
  assert.deepEqual(program.forecast(), assess.forecast());
  await runAt(server, program);
  assert.deepEqual([server.stats().total, big.stats().total], [1, 1]);
});

Deno.test("samples that a model draws as choices of one request are forecast as calls, and are one request", async () => {
  await using server = await serveWell();
  await using scope = scopeAt(server, {}, { spec: { severalChoices: true } });
  const program = selfConsistency(once);
  const prediction = await program.run(INPUT, scope);
  assert.equal(prediction.calls.length, program.forecast().calls.least);
  assert.deepEqual(server.requests().map(({ body }) => body.n), [5]);
});

Deno.test("ARCHITECTURE.md says what each strategy costs", async () => {
  const text = await Deno.readTextFile(new URL("../../ARCHITECTURE.md", import.meta.url));
  const section = text.split("## What a strategy costs")[1]?.split("\n## ")[0] ?? "";
  const written = section.split("\n").filter((line) => line.startsWith("| `"))
    .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim().replaceAll("`", "")));
  const rows = Object.entries(ROWS).map(([name, { program }]) => {
    const { calls: { least, most }, outputTokens } = program.forecast();
    return [name, String(least), String(most), String(outputTokens)];
  });
  assert.deepEqual(written, rows);
});
