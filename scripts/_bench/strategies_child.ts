/**
 * CPU a call of every strategy, and time of a BM25 query over 10,000 items, in a process of its own. Every request is
 * answered at once from a store in memory, so that nothing but the strategy, the rendering and the reading is
 * measured. Prints one JSON line.
 *
 * @module
 */
import process from "node:process";
import { createEndpoints, local, openModel, type ReplyStore } from "../../lib/model/mod.ts";
import {
  bestOfN,
  bm25Retriever,
  chainOfThought,
  corpusOf,
  predict,
  priorOutputs,
  type Program,
  refine,
  retrieval,
  type Scope,
  selfConsistency,
  selfContext,
  userState,
  workflow,
} from "../../lib/program/mod.ts";
import { percent, signature } from "../../lib/signature/mod.ts";
import { z } from "zod";

/** What the measurement prints. */
export interface MeasuredStrategies {
  /** User and system time a call by strategy, ms. */
  cpuMs: Readonly<Record<string, number>>;
  /** Median time of a BM25 query over 10,000 items, ms. */
  bm25Ms: number;
}

const Refund = signature({
  name: "refund",
  instructions: "Decide the refund by the policy. Reply with the reason and the share of the price.",
  input: { ticket: z.string() },
  output: { reason: z.enum(["late", "broken"]), share: percent() },
});
type In = { ticket: string };

const text = JSON.stringify({ reasoning: "It came late.", reason: "late", share: 30 });
const at = "2026-01-01T00:00:00Z";
const usage = { inputTokens: 100, cachedTokens: 0, outputTokens: 20, reasoningTokens: 0 };
const store: ReplyStore = {
  get: () => ({ reply: { text, finishReason: "stop" }, usage, attempts: [{ durationMs: 1 }], at }),
  put: () => Promise.resolve(),
  close: () => Promise.resolve(),
};
const words = [
  "parcel",
  "late",
  "broken",
  "lid",
  "pan",
  "bill",
  "wrong",
  "colour",
  "again",
  "door",
  "refund",
  "day",
];
const ticketOf = (seed: number) =>
  Array.from(
    { length: 40 },
    (_, place) => `${words[(seed * 7 + place * place * 3) % words.length]}${(seed + place) % 97}`,
  )
    .join(" ");
const corpusWith = (size: number) =>
  corpusOf({
    signature: Refund,
    from: "bench",
    cases: Array.from({ length: size }, (_, index) => ({
      id: `t${index}`,
      input: { ticket: ticketOf(index) },
      expected: { reason: "late", share: 30 },
    })),
  });

const plain = predict(Refund);
const corpus = corpusWith(200);
const programs: Record<string, Program<In, unknown>> = {
  predict: plain,
  chainOfThought: chainOfThought(Refund),
  selfContext: selfContext(plain, { sources: [userState("tier"), priorOutputs()] }),
  "selfConsistency of 5": selfConsistency(plain, { samples: 5 }),
  "bestOfN of 3": bestOfN(plain, { n: 3, reward: ({ share }) => share }),
  "refine in 3": refine(plain, { check: () => "not yet", attempts: 3 }),
  "retrieval of 4": retrieval(plain, { from: corpus, k: 4 }),
  "workflow of 2": workflow("two", {
    signature: Refund,
    calls: { first: plain, second: plain },
    body: async (input, call) => {
      await call("first", input);
      return await call("second", input);
    },
  }),
};

const endpoints = createEndpoints();
const model = openModel(local("bench"), { mode: "replay", recordings: store, endpoints });
const scopeOf = (index: number): Scope => ({
  model,
  open: () => model,
  rollout: 0,
  seed: 1,
  path: [],
  case: {
    id: `x${index}`,
    input: { ticket: ticketOf(100_000 + index) },
    state: { tier: "gold" },
    earlier: [{
      id: "e1",
      input: { ticket: ticketOf(index + 7) },
      output: { share: 1 },
      expected: { share: 2 },
    }],
  },
});

async function cpuOf(program: Program<In, unknown>): Promise<number> {
  const run = async (count: number) => {
    let calls = 0;
    for (let index = 0; index < count; index++) {
      const scope = scopeOf(index);
      calls += (await program.run(scope.case?.input as In, scope)).calls.length;
    }
    return calls;
  };
  await run(300); // the engine warms up
  const before = process.cpuUsage();
  const calls = await run(1000);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / calls;
}

async function bm25Median(): Promise<number> {
  const retriever = bm25Retriever(corpusWith(10_000));
  await retriever.prepare();
  const times: number[] = [];
  for (let index = 0; index < 101; index++) {
    const start = performance.now();
    await retriever.search({ text: ticketOf(50_000 + index) }, 4);
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[50] ?? NaN;
}

const cpuMs: Record<string, number> = {};
for (const [name, program] of Object.entries(programs)) cpuMs[name] = await cpuOf(program);
const measured: MeasuredStrategies = { cpuMs, bm25Ms: await bm25Median() };
await endpoints.close();
console.log(JSON.stringify(measured));
