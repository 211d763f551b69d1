import { type CellSummary, evaluate, type EvaluateOptions } from "@lib/experiment/mod.ts";
import { adaptive } from "@lib/aggregate/mod.ts";
import {
  abstain,
  bestOfN,
  chainOfThought,
  derived,
  escalate,
  predict,
  priorOutputs,
  type Program,
  refine,
  retrieval,
  selfConsistency,
  selfContext,
} from "@lib/program/mod.ts";
import assert from "node:assert/strict";
import fc from "fast-check";
import { join } from "node:path";
import { temporaryFolder } from "../end_to_end/_command_line.ts";
import { identity, type RawObservation, rawObservations } from "../end_to_end/_raw_journal.ts";
import { answerTo, assess, Refund, type RefundProgram, withExample } from "../program/_strategies.ts";
import { type Behaviour, type ChatRequest, startChatServer } from "../servers/chat_server.ts";
import { refundRow, refundTask } from "./_refund_task.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const once: RefundProgram = predict(Refund);
const VARIANTS = {
  context: selfContext(once, { sources: [priorOutputs(), derived("First guess", once)] }),
  vote: selfConsistency(chainOfThought(Refund), { samples: 3 }),
  adaptive: selfConsistency(once, { samples: adaptive({ atMost: 6 }), onUnstable: abstain() }),
  escalate: selfConsistency(once, { samples: 2, onUnstable: escalate(chainOfThought(Refund)) }),
  best: bestOfN(once, { n: 3, reward: ({ share }) => share, threshold: 60 }),
  mend: refine(once, { attempts: 3, check: ({ share }) => share > 60 ? undefined : "too little" }),
  retrieval: selfConsistency(retrieval(once, { k: 2 }), { samples: 2 }),
  compiled: withExample(once),
  steps: assess.with({ share: { strategy: (one) => selfConsistency(one, { samples: 2 }) } }),
} as unknown as Record<string, Program>;

const CASES = [
  ...[1, 2].map((n) => refundRow(n, { split: "train" })),
  ...[11, 12, 13].map((n) => refundRow(n, { split: "test", session: "s" })),
  refundRow(14, { split: "test" }),
];

/** An answer that depends on all of a request and on nothing else: faults and disagreements included. */
function answer(request: ChatRequest): Behaviour {
  const hash = [...request.text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_003, 7);
  switch (hash % 8) {
    case 0:
      return { kind: "reply", content: "Let me see." };
    case 1:
      return { kind: "refusal", text: "No." };
    default:
      return { kind: "reply", content: answerTo(request, hash % 3 ? "late" : "broken", hash % 101) };
  }
}

/** What of a cell's numbers depends on no clock. */
function numbersOf({ latencyMs: _latency, named, ...cell }: CellSummary) {
  const calls = named?.calls.map(({ latencyMs: _own, ...rest }) => rest);
  return { ...cell, ...(named && { named: { calls, errors: named.errors } }) };
}

function contentOf({ prediction, score, calls, ...rest }: RawObservation) {
  return [identity({ prediction, score, calls, ...rest }), prediction, score, calls.map(({ path }) => path)];
}

Deno.test("evaluate(), aborted anywhere in any strategy and resumed, comes to the totals of a run that was not", async () => {
  let onRequest: (request: ChatRequest, n: number) => Behaviour | undefined = () => undefined;
  let from = 0;
  await using server = await startChatServer({
    respond: (request, n) => onRequest(request, n - from) ?? answer(request),
  });
  await using folder = await temporaryFolder();
  const task = await refundTask({
    folder: join(folder.path, "refunds"),
    models: [{ baseUrl: server.baseUrl, concurrency: 3 }],
    variants: VARIANTS,
    cases: CASES,
  });
  const run = (state: string, options: EvaluateOptions = {}) =>
    evaluate(task, {
      stateFolder: join(folder.path, state),
      mode: "live",
      split: "test",
      policy: { retries: 0 },
      ...options,
    });
  const whole = await run("whole");
  assert.equal(whole.status, "complete");
  const requests = server.stats().total;
  const wanted = whole.summary.cells.map(numbersOf);
  const observed = (await rawObservations(whole.folder)).map(contentOf).sort();
  assert.equal(observed.length, 4 * Object.keys(VARIANTS).length);

  let number = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: requests }), async (held) => {
      const state = `state ${++number}`;
      const controller = new AbortController();
      const aborted = server.stats().aborted;
      from = server.stats().total;
      onRequest = (_request, n) => {
        if (n === held) queueMicrotask(() => controller.abort());
        return n >= held ? { kind: "hang" } : undefined;
      };
      const first = await run(state, { signal: controller.signal });
      assert.equal(first.status, "interrupted");
      await server.waitForAborted(aborted + 1);
      onRequest = () => undefined;
      const second = await run(state, { resume: true });
      assert.equal(second.status, "complete");
      assert.deepEqual(second.summary.cells.map(numbersOf), wanted);
      assert.deepEqual((await rawObservations(second.folder)).map(contentOf).sort(), observed);
    }),
    { numRuns: 5, examples: [[1], [requests]] },
  );
});
