import { digest } from "@lib/io/mod.ts";
import { compatible, createEndpoints, type Endpoints, openModel } from "@lib/model/mod.ts";
import {
  bestOfN,
  type CaseContext,
  chainOfThought,
  compiled,
  type CompiledArtifact,
  type Corpus,
  corpusOf,
  predict,
  priorOutputs,
  refine,
  retrieval,
  type Scope,
  selfConsistency,
  selfContext,
  userState,
  workflow,
  workflowHistory,
} from "@lib/program/mod.ts";
import { inlineInstructions } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { deepFreeze } from "../signature/_deep_freeze.ts";
import { type ChatRequest, startChatServer } from "../servers/chat_server.ts";
import { answerTo, Refund, type RefundProgram } from "./_strategies.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const PROGRAMS = 64;

/** Marks a text as one program's own; the number of a mark is read back from whatever a request or a prediction holds. */
const mark = (number: number) => `mark-${number};`;
const marksIn = (text: string) => [...text.matchAll(/mark-(\d+);/g)].map(([, number]) => Number(number));
/** Shares of all answers in a text, be it JSON or JSON inside of JSON. */
const sharesIn = (text: string) =>
  [...text.replaceAll("\\", "").matchAll(/"reason":"\w+","share":(\d+)/g)].map(([, share]) => Number(share));
const numberOf = ({ body }: ChatRequest) => Number(/^model-(\d+)$/.exec(body.model)?.[1] ?? NaN);

function corpusFor(number: number): Corpus {
  return deepFreeze(corpusOf({
    signature: Refund,
    from: mark(number),
    cases: ["a", "b", "c"].map((letter) => ({
      id: `${mark(number)}${letter}`,
      input: { ticket: `a late parcel, ${letter}, ${mark(number)}` },
      expected: { reason: "late", share: number },
    })),
  }));
}

function artifactFor(number: number, program: RefundProgram): CompiledArtifact {
  return deepFreeze({
    format: "assay-compiled/1",
    digest: mark(number),
    variant: "v",
    digests: { signature: Refund.digest, program: digest(program.describe()) },
    instructions: { refund: `Decide. ${mark(number)}` },
    demos: {
      refund: [{
        from: "labelled",
        case: { id: mark(number) },
        input: { ticket: `a dented pot, ${mark(number)}` },
        output: { reason: "broken", share: number },
      }],
    },
  });
}

/** A program of one of eight kinds, all of its texts marked. */
function programFor(number: number): RefundProgram {
  const limits = { maxTokens: 100 + number, temperature: number / 100 };
  const once: RefundProgram = predict(Refund, limits);
  switch (number % 8) {
    case 0:
      return selfConsistency(chainOfThought(Refund, limits), { samples: 1 + number % 5 });
    case 1:
      return selfContext(once, { sources: [userState("tier"), priorOutputs()] });
    case 2:
      return bestOfN(once, { n: 2, reward: ({ share }) => share });
    case 3:
      return refine(once, { attempts: 2, check: () => `still wrong, ${mark(number)}` });
    case 4:
      return retrieval(once, { from: corpusFor(number), k: 2 });
    case 5:
      return compiled(once, artifactFor(number, once));
    case 6:
      return workflow(`steps ${mark(number)}`, {
        signature: Refund,
        calls: { first: once, second: selfContext(once, { sources: [workflowHistory()] }) },
        body: async (input, call) => {
          await call("first", input);
          return await call("second", input);
        },
      });
    default:
      return retrieval(selfConsistency(selfContext(once, { sources: [userState("tier")] }), { samples: 2 }), {
        from: "train",
        k: 1,
      });
  }
}

function caseFor(number: number): CaseContext {
  return deepFreeze({
    id: `case ${mark(number)}`,
    input: { ticket: `the late parcel is broken, ${mark(number)}` },
    session: "s",
    state: { tier: mark(number) },
    earlier: [{
      id: `earlier ${mark(number)}`,
      input: { ticket: `where is it, ${mark(number)}` },
      output: { reason: "late", share: number },
      expected: { reason: "late", share: number },
    }],
  });
}

/** A scope of its own at shared endpoints; nothing in it may be changed. */
function scopeFor(number: number, baseUrl: string, endpoints: Endpoints): Scope {
  const open: Scope["open"] = (spec) => openModel(spec, { mode: "live", endpoints, policy: { retries: 0 } });
  const corpus = corpusFor(number);
  return Object.freeze({
    model: open(compatible(`model-${number}`, { baseUrl, concurrency: PROGRAMS })),
    open,
    rollout: number % 3,
    seed: number,
    path: Object.freeze([mark(number)]),
    prompts: Object.freeze({ refund: Object.freeze(inlineInstructions(`Prompt ${mark(number)}`)) }),
    case: caseFor(number),
    examples: () => corpus,
  });
}

const numbers = Array.from({ length: PROGRAMS }, (_, index) => index);

Deno.test("64 programs at once, with their own models, prompts, limits, examples and contexts, never touch each other", async () => {
  const all = Promise.withResolvers<void>();
  await using server = await startChatServer({
    // all programs are under way before the first is answered
    respond: async (request, n) => {
      if (n >= PROGRAMS) all.resolve();
      await all.promise;
      return { kind: "reply", content: answerTo(request, "late", numberOf(request)) };
    },
  });
  await using endpoints = { ...createEndpoints(), [Symbol.asyncDispose]: () => endpoints.close() };
  const predictions = await Promise.all(numbers.map((number) => {
    const input = caseFor(number).input as { ticket: string };
    return programFor(number).run(input, scopeFor(number, server.baseUrl, endpoints));
  }));

  assert(server.stats().peakInFlight >= PROGRAMS);
  const asked = new Map<number, number>();
  for (const request of server.requests()) {
    const { body } = request;
    const number = numberOf(request);
    asked.set(number, (asked.get(number) ?? 0) + 1);
    const marks = marksIn(request.text);
    assert(marks.length >= 2, "a prompt and an input of its own");
    assert.deepEqual(new Set(marks), new Set([number]));
    assert(sharesIn(JSON.stringify(body.messages)).every((share) => share === number));
    assert.deepEqual([body.max_tokens, body.temperature], [100 + number, number / 100]);
    assert.equal(Math.floor(Number(body.seed) / 1_000_003), number);
  }
  for (const [number, prediction] of predictions.entries()) {
    assert(prediction.status === "ok");
    assert.equal(prediction.output.share, number);
    const { calls, diagnostics } = prediction;
    assert.equal(calls.length, asked.get(number));
    assert(calls.every(({ path }) => path[0] === mark(number)));
    assert(calls.every(({ model }) => model.endsWith(`#model-${number}`)));
    assert(marksIn(JSON.stringify(diagnostics)).every((other) => other === number));
    assert(sharesIn(JSON.stringify(diagnostics)).every((share) => share === number));
  }
});

Deno.test("one program serves many inputs at once, each with its own case, examples, context and trace", async () => {
  const all = Promise.withResolvers<void>();
  await using server = await startChatServer({
    respond: async (request, n) => {
      if (n >= PROGRAMS) all.resolve();
      await all.promise;
      const [number = NaN] = marksIn(String(request.body.messages.at(-1)?.content));
      return { kind: "reply", content: answerTo(request, "late", number) };
    },
  });
  await using endpoints = { ...createEndpoints(), [Symbol.asyncDispose]: () => endpoints.close() };
  const program = refine(
    selfConsistency(
      retrieval(
        selfContext(chainOfThought(Refund), { sources: [userState("tier"), priorOutputs()] }),
        { from: "train", k: 3 },
      ),
      { samples: 2 },
    ),
    { attempts: 2, check: ({ share }) => `not ${share}` },
  );
  const version = digest(program.describe());
  const predictions = await Promise.all(numbers.map((number) => {
    const input = caseFor(number).input as { ticket: string };
    return program.run(input, scopeFor(number, server.baseUrl, endpoints));
  }));

  assert.equal(server.stats().total, PROGRAMS * 4);
  for (const request of server.requests()) {
    assert.deepEqual(new Set(marksIn(request.text)), new Set([numberOf(request)]));
  }
  for (const [number, prediction] of predictions.entries()) {
    assert(prediction.status === "ok");
    assert.equal(prediction.output.share, number);
    assert.equal(prediction.diagnostics.unresolved, `not ${number}`);
    assert.equal(prediction.calls.length, 4);
    assert.deepEqual(
      new Set(marksIn(JSON.stringify([prediction.diagnostics, prediction.calls]))),
      new Set([number]),
    );
  }
  assert.equal(digest(program.describe()), version);
});

Deno.test("programs that share their parts do not see each other's assignments", async () => {
  await using server = await startChatServer({
    respond: (request) => ({ kind: "reply", content: answerTo(request, "late", 10) }),
  });
  await using endpoints = { ...createEndpoints(), [Symbol.asyncDispose]: () => endpoints.close() };
  const once: RefundProgram = predict(Refund, { maxTokens: 50 });
  const shared = workflow("shared", {
    signature: Refund,
    calls: { only: once },
    body: (input, call) => call("only", input),
  });
  const ways = numbers.map((number) =>
    shared.with({
      only: {
        strategy: () => predict(Refund, { maxTokens: 100 + number }) as never,
        model: compatible(`model-${number}`, { baseUrl: server.baseUrl, concurrency: PROGRAMS }),
      },
    })
  );
  await Promise.all(
    [shared, ...ways].map((program, index) =>
      program.run({ ticket: "late" }, { ...scopeFor(index, server.baseUrl, endpoints), prompts: {} })
    ),
  );
  const seen = server.requests().map(({ body }) => `${body.model} ${body.max_tokens}`).sort();
  const wanted = ["model-0 50", ...numbers.map((number) => `model-${number} ${100 + number}`)].sort();
  assert.deepEqual(seen, wanted);
});
