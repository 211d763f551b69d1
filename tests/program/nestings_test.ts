import { adaptive, unanimous } from "@lib/aggregate/mod.ts";
import { digest } from "@lib/io/mod.ts";
import { compatible, type CompatibleOptions, embedder } from "@lib/model/mod.ts";
import {
  bestOfN,
  chainOfThought,
  derived,
  embedding,
  escalate,
  nearestNeighbour,
  predict,
  priorOutputs,
  refine,
  retrieval,
  selfConsistency,
  selfContext,
  userState,
  workflow,
  workflowHistory,
} from "@lib/program/mod.ts";
import { signature } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import fc from "fast-check";
import { z } from "zod";
import type { ChatServer } from "../servers/chat_server.ts";
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

const cot: RefundProgram = chainOfThought(Refund);
const reward = ({ share }: { share: number }) => share === 10 ? 1 : 0;
const check = ({ share }: { share: number }) => share === 10 ? undefined : "not ten";
const context = (program: RefundProgram) =>
  selfContext(program, { sources: [userState("tier"), priorOutputs(), workflowHistory()] });
const guess = (program: RefundProgram, by: RefundProgram) =>
  selfContext(program, { sources: [derived("First guess", by)] });
const vote = (program: RefundProgram, samples = 3) => selfConsistency(program, { samples });
const best = (program: RefundProgram, n = 2) => bestOfN(program, { n, reward });
const mend = (program: RefundProgram, attempts = 2) => refine(program, { attempts, check });

const Urgent = signature({
  name: "urgent",
  instructions: "Say whether it is urgent.",
  input: { ticket: z.string() },
  output: { reason: z.enum(["late", "broken"]) },
});

/** A workflow whose second call is a workflow of two calls. */
const outer = workflow("outer", {
  signature: Refund,
  calls: { urgent: predict(Urgent), assess },
  body: async ({ ticket }, call) => {
    const { reason } = await call("urgent", { ticket });
    return await call("assess", { ticket: `${reason}: ${ticket}` });
  },
});

/** Program, requests when all goes well, requests at most. */
const NESTINGS: Readonly<Record<string, [program: RefundProgram, well: number, most: number]>> = {
  "selfConsistency of selfContext of retrieval of chainOfThought": [vote(context(retrieval(cot))), 3, 6],
  "retrieval of selfContext of selfConsistency of chainOfThought": [retrieval(context(vote(cot))), 3, 6],
  "bestOfN of selfConsistency": [best(vote(once)), 6, 12],
  "selfConsistency of bestOfN": [vote(best(once)), 6, 12],
  "selfConsistency of selfConsistency": [vote(vote(once), 2), 6, 12],
  "adaptive selfConsistency of adaptive selfConsistency": [
    selfConsistency(selfConsistency(once, { samples: adaptive({ atMost: 5 }) }), {
      samples: adaptive({ atMost: 4 }),
    }),
    16,
    40,
  ],
  "refine of retrieval": [mend(retrieval(once)), 1, 4],
  "retrieval of refine": [retrieval(mend(once)), 1, 4],
  "refine of selfConsistency of refine": [mend(vote(mend(once), 2)), 2, 16],
  "selfConsistency of refine of bestOfN with a threshold": [
    vote(mend(bestOfN(once, { n: 2, reward, threshold: 1 }))),
    3,
    24,
  ],
  "selfContext of compiled": [context(withExample(once)), 1, 2],
  "compiled of selfContext of retrieval": [withExample(context(retrieval(once))), 1, 2],
  "selfConsistency of compiled of chainOfThought": [vote(withExample(cot)), 3, 6],
  "selfContext derived from selfConsistency": [guess(once, vote(cot)), 4, 8],
  "selfConsistency of selfContext derived from bestOfN": [vote(guess(once, best(cot))), 9, 18],
  "selfContext derived from a workflow": [guess(once, assess), 3, 6],
  "selfContext derived from a program that asks nothing": [guess(once, nearestNeighbour(Refund)), 1, 2],
  "selfConsistency that escalates to selfConsistency": [
    selfConsistency(once, { samples: 3, onUnstable: escalate(vote(cot, 4)) }),
    3,
    14,
  ],
  "bestOfN of selfConsistency that escalates to a workflow": [
    best(selfConsistency(once, { samples: 2, onUnstable: escalate(assess) })),
    4,
    16,
  ],
  "selfConsistency of a workflow": [vote(assess), 6, 12],
  "selfContext of a workflow": [context(assess), 2, 4],
  "a workflow with calls wrapped differently": [
    assess.with({
      reason: { strategy: (program) => selfConsistency(program, { samples: 3 }) },
      share: {
        strategy: (program) =>
          bestOfN(selfContext(program, { sources: [workflowHistory()] }), { n: 2, reward: () => 0 }),
      },
    }),
    5,
    10,
  ],
  "a workflow in a workflow": [outer, 3, 6],
  "a workflow in a workflow, wrapped in selfConsistency": [
    outer.with({ assess: { strategy: (program) => selfConsistency(program, { samples: 3 }) } }),
    7,
    14,
  ],
  "refine of a workflow with a unanimous call": [
    mend(assess.with({
      share: {
        strategy: (program) => selfConsistency(program, { samples: unanimous({ window: 2, atMost: 4 }) }),
      },
    })),
    3,
    20,
  ],
  "selfConsistency of refine of a workflow with selfContext": [vote(mend(context(assess)), 2), 4, 16],
};

/** Runs a program at a server, on the second case of a session where there are solved cases. */
async function runAt(server: ChatServer, program: RefundProgram, rollout = 0) {
  await using scope = scopeAt(server, { case: UNDER, examples: () => corpus, rollout });
  return await program.run(INPUT, scope);
}

/** Requests that a server got more than once. */
function repeated(server: ChatServer): string[] {
  const texts = server.requests().map(({ text }) => text);
  return texts.filter((text, index) => texts.indexOf(text) !== index);
}

for (const [name, [program, well, most]] of Object.entries(NESTINGS)) {
  Deno.test(`${name}: as many requests as forecast, no two of them the same, also of the next repeat`, async () => {
    const { calls, outputTokens } = program.forecast();
    assert.deepEqual(calls, { least: well, most });
    {
      await using server = await serveWell();
      const prediction = await runAt(server, program);
      assert(prediction.status === "ok");
      assert.deepEqual(prediction.output, { reason: "late", share: 10 });
      assert.equal(server.stats().total, well);
      assert.equal(prediction.calls.length, well);
      await runAt(server, program, 1);
      assert.equal(server.stats().total, 2 * well);
      assert.deepEqual(repeated(server), []);
    }
    await using server = await serveBadly();
    const prediction = await runAt(server, program);
    assert.equal(server.stats().total, most);
    assert.equal(prediction.calls.length, most);
    assert.equal(limitsOf(server).reduce((sum, limit) => sum + limit, 0), outputTokens);
    assert.deepEqual(repeated(server), []);
  });
}

Deno.test("refine() asks anew each time, also where a model answers the same and the feedback does not change", async () => {
  await using server = await serveWell();
  const never = (program: RefundProgram) => refine(program, { attempts: 4, check: () => "wrong again" });
  for (const program of [never(once), never(vote(once)), vote(never(once))]) {
    const from = server.stats().total;
    const { calls } = await runAt(server, program);
    assert.equal(new Set(calls.map(({ key }) => key)).size, server.stats().total - from, program.name);
  }
});

Deno.test("describe() tells all nestings apart, and is stable JSON", () => {
  const descriptions = Object.values(NESTINGS).map(([program]) => program.describe());
  assert.equal(new Set(descriptions.map(digest)).size, descriptions.length);
  for (const [index, [program]] of Object.values(NESTINGS).entries()) {
    assert.deepEqual(program.describe(), descriptions[index]);
    assert.deepEqual(JSON.parse(JSON.stringify(program.describe())), program.describe());
  }
});

Deno.test("describe() counts of a model what changes its replies, wherever a strategy names one", () => {
  const spec = (options: Partial<CompatibleOptions> = {}) =>
    compatible("m", { baseUrl: "http://127.0.0.1:1/v1", ...options });
  const price = { inputPerMillion: 1, cachedInputPerMillion: 1, outputPerMillion: 1, source: "s", asOf: "d" };
  const versions = {
    escalate: (options: Partial<CompatibleOptions>) =>
      digest(selfConsistency(once, { onUnstable: escalate(spec(options)) }).describe()),
    with: (options: Partial<CompatibleOptions>) =>
      digest(assess.with({ share: { model: spec(options) } }).describe()),
  };
  for (const version of Object.values(versions)) {
    const first = version({});
    for (const options of [{ temperature: 0 }, { topP: 0.5 }, { structure: "plain" }, { sendsSeed: false }]) {
      assert.notEqual(version(options as Partial<CompatibleOptions>), first, JSON.stringify(options));
    }
    for (const options of [{ price }, { concurrency: 1 }]) assert.equal(version(options), first);
  }
  const ranked = (options: Partial<CompatibleOptions>, query?: string) =>
    digest(
      retrieval(once, { by: embedding(embedder(spec(options), query ? { query } : {})) }).describe(),
    );
  assert.equal(ranked({ price, concurrency: 1 }), ranked({}));
  assert.notEqual(ranked({ baseUrl: "http://127.0.0.1:2/v1" }), ranked({}));
  assert.notEqual(ranked({}, "m-query"), ranked({}));
});

/** A composition as a test draws it: how many requests it makes, well and badly, is known from its parts. */
interface Composition {
  name: string;
  program: RefundProgram;
  well: number;
  most: number;
}

const { composition } = fc.letrec<{ composition: Composition }>((tie) => {
  const inner = tie("composition");
  const wrapped = (
    name: string,
    wrap: (program: RefundProgram) => RefundProgram,
    well: number,
    most: number,
  ) =>
    inner.map((one): Composition => ({
      name: `${name}(${one.name})`,
      program: wrap(one.program),
      well: one.well * well,
      most: one.most * most,
    }));
  const leaf = fc.constantFrom<Composition>(
    { name: "p", program: once, well: 1, most: 2 },
    { name: "cot", program: cot, well: 1, most: 2 },
    { name: "assess", program: assess, well: 2, most: 4 },
  );
  return {
    composition: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      leaf,
      wrapped("vote", (program) => vote(program, 2), 2, 2),
      wrapped("best", best, 2, 2),
      wrapped("mend", mend, 1, 2),
      wrapped("context", context, 1, 1),
      wrapped("retrieval", retrieval, 1, 1),
      wrapped("compiled", withExample, 1, 1),
      fc.tuple(inner, inner).map(([one, other]): Composition => ({
        name: `guess(${one.name}, ${other.name})`,
        program: guess(one.program, other.program),
        well: one.well + other.well,
        most: one.most + other.most,
      })),
      fc.tuple(inner, inner).map(([one, other]): Composition => ({
        name: `vote(${one.name}) else ${other.name}`,
        program: selfConsistency(one.program, { samples: 2, onUnstable: escalate(other.program) }),
        well: 2 * one.well,
        most: 2 * one.most + other.most,
      })),
    ),
  };
});

Deno.test("any composition of strategies asks as often as its parts say, and as its forecast says", async () => {
  const small = composition.filter(({ most }) => most <= 32);
  await fc.assert(
    fc.asyncProperty(small, async ({ name, program, well, most }) => {
      assert.deepEqual(program.forecast().calls, { least: well, most });
      assert.deepEqual(JSON.parse(JSON.stringify(program.describe())), program.describe());
      await using good = await serveWell();
      const { status } = await runAt(good, program);
      assert.deepEqual([status, good.stats().total], ["ok", well], name);
      await using bad = await serveBadly();
      await runAt(bad, program);
      assert.equal(bad.stats().total, most, name);
      if (!name.includes("else")) assert.deepEqual(repeated(bad), [], name); // an escalation may ask what a sample asked
    }),
    { numRuns: 40 },
  );
});
