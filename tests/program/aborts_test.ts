import { adaptive } from "@lib/aggregate/mod.ts";
import {
  compatible,
  createEndpoints,
  embedder,
  type EmbedderSpec,
  type Model,
  type ModelSpec,
  openEmbedder,
} from "@lib/model/mod.ts";
import {
  abstain,
  bestOfN,
  bm25,
  chainOfThought,
  derived,
  embedding,
  escalate,
  fused,
  priorOutputs,
  refine,
  retrieval,
  type Scope,
  selfConsistency,
  selfContext,
  userState,
  workflow,
} from "@lib/program/mod.ts";
import assert from "node:assert/strict";
import {
  type Behaviour,
  type ChatRequest,
  type ChatServer,
  lastUserText,
  startChatServer,
} from "../servers/chat_server.ts";
import { startEmbeddingServer } from "../servers/embedding_server.ts";
import { scopeAt } from "./_scope.ts";
import {
  answerTo,
  assess,
  corpus,
  INPUT,
  once,
  Refund,
  type RefundProgram,
  UNDER,
  withExample,
} from "./_strategies.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const check = ({ share }: { share: number }) => share === 100 ? undefined : "not all of it";
const reward = ({ share }: { share: number }) => share;

/** Both calls at once. */
const atOnce = workflow("at_once", {
  signature: Refund,
  calls: { one: once, other: chainOfThought(Refund) as RefundProgram },
  body: async (input, call) => {
    const [first] = await Promise.all([call("one", input), call("other", input)]);
    return first;
  },
});

/** A body that answers whatever becomes of its call. */
const stubborn = workflow("stubborn", {
  signature: Refund,
  calls: { only: once },
  body: async (input, call) => {
    try {
      return await call("only", input);
    } catch {
      return { reason: "late" as const, share: 1 };
    }
  },
});

/** Every strategy, alone and in others; each asks at least twice. */
const PROGRAMS: Readonly<Record<string, RefundProgram>> = {
  "predict with corrections": once,
  "chainOfThought with corrections": chainOfThought(Refund),
  "selfContext with a derived program": selfContext(once, {
    sources: [userState("tier"), priorOutputs(), derived("First guess", once)],
  }),
  "selfConsistency": selfConsistency(once, { samples: 3 }),
  "adaptive selfConsistency that abstains": selfConsistency(once, {
    samples: adaptive({ atMost: 6 }),
    onUnstable: abstain(),
  }),
  "selfConsistency that escalates": selfConsistency(once, {
    samples: 2,
    onUnstable: escalate(chainOfThought(Refund)),
  }),
  "bestOfN": bestOfN(once, { n: 3, reward }),
  "refine": refine(once, { attempts: 3, check }),
  "retrieval": retrieval(once),
  "compiled": withExample(once),
  "a workflow": assess,
  "a workflow with calls at once": atOnce,
  "a workflow whose body catches everything": stubborn,
  "selfConsistency of refine of a workflow": selfConsistency(refine(assess, { attempts: 2, check }), {
    samples: 2,
  }),
  "bestOfN of selfConsistency of retrieval": bestOfN(selfConsistency(retrieval(once), { samples: 2 }), {
    n: 2,
    reward,
  }),
};

/** Answers so that a program goes on asking: first prose, then something else for each sample. */
function answer(request: ChatRequest): Behaviour {
  if (!lastUserText(request).includes("Reply again")) return { kind: "reply", content: "Let me see." };
  const rollout = Number(request.body.seed) - 1_000_003;
  const content = answerTo(request, rollout % 2 ? "late" : "broken", [5, 35, 65, 95][rollout % 4] ?? 0);
  return { kind: "reply", content };
}

/** How many requests a program makes when nobody stops it. */
async function requestsOf(program: RefundProgram): Promise<number> {
  await using server = await startChatServer({ respond: answer });
  await using scope = scopeAt(server, { case: UNDER, examples: () => corpus });
  await program.run(INPUT, scope);
  return server.stats().total;
}

/** A scope that counts the requests that are begun. */
function countingScope(server: ChatServer, signal: AbortSignal) {
  const scope = scopeAt(server, { case: UNDER, examples: () => corpus, signal });
  const begun = { count: 0 };
  const counting = (model: Model): Model => ({
    spec: model.spec,
    generate(request, options) {
      if (!signal.aborted) begun.count++;
      return model.generate(request, options);
    },
  });
  const open = (spec: ModelSpec) => counting(scope.open(spec));
  return { ...scope, model: counting(scope.model), open, begun };
}

for (const [name, program] of Object.entries(PROGRAMS)) {
  Deno.test(`${name}: aborted while any of its requests is under way, it hangs up on all and asks nothing more`, async () => {
    const requests = await requestsOf(program);
    assert(requests >= 2);
    for (let held = 1; held <= requests; held++) {
      await using server = await startChatServer({
        respond: (request, n) => n < held ? answer(request) : { kind: "hang" },
      });
      const controller = new AbortController();
      await using scope = countingScope(server, controller.signal);
      const running = program.run(INPUT, scope);
      await server.waitFor(held);
      while (server.stats().total < scope.begun.count) await server.waitFor(scope.begun.count);
      const sent = scope.begun.count;
      const reason = new Error("stopped by hand");
      controller.abort(reason);
      await assert.rejects(running, (error) => error === reason);
      await server.waitForAborted(sent - (held - 1));
      await (await fetch(`${server.baseUrl}/models`)).body?.cancel(); // what was sent before it would have arrived
      assert.deepEqual([server.stats().total, scope.begun.count], [sent, sent]);
      assert.equal(server.stats().inFlight, 0);
    }
  });

  Deno.test(`${name}: aborted beforehand, it asks nothing at all`, async () => {
    await using server = await startChatServer();
    await using scope = scopeAt(server, {
      case: UNDER,
      examples: () => corpus,
      signal: AbortSignal.abort(new Error("too late")),
    });
    await assert.rejects(program.run(INPUT, scope), { message: "too late" });
    assert.equal(server.stats().total, 0);
  });
}

const RANKINGS = {
  "embeddings alone": embedding,
  "embeddings and words": (spec: EmbedderSpec) => fused(bm25(), embedding(spec)),
};
for (const [name, rank] of Object.entries(RANKINGS)) {
  for (const [held, what] of [[1, "corpus"], [2, "query"]] as const) {
    Deno.test(`retrieval() by ${name}, aborted while its ${what} is embedded, hangs up and asks no model`, async () => {
      const gone = Promise.withResolvers<void>();
      await using vectors = await startEmbeddingServer({
        respond: async (request) => {
          if (request.number < held) return undefined;
          request.gone.addEventListener("abort", () => gone.resolve());
          await gone.promise;
          return new Response();
        },
      });
      await using server = await startChatServer();
      await using endpoints = { ...createEndpoints(), [Symbol.asyncDispose]: () => endpoints.close() };
      const embed: NonNullable<Scope["embedder"]> = (spec) => openEmbedder(spec, { mode: "live", endpoints });
      const controller = new AbortController();
      const { signal } = controller;
      await using scope = scopeAt(server, { case: UNDER, examples: () => corpus, embedder: embed, signal });
      const by = rank(embedder(compatible("vectors", { baseUrl: vectors.baseUrl })));
      const running = retrieval(once, { by }).run(INPUT, scope);
      await vectors.waitFor(held);
      const reason = new Error("stopped by hand");
      controller.abort(reason);
      await assert.rejects(running, (error) => error === reason);
      await gone.promise;
      assert.deepEqual([vectors.requests.length, server.stats().total], [held, 0]);
    });
  }
}

Deno.test("a program that was aborted runs again as if nothing had been", async () => {
  const program = selfConsistency(retrieval(chainOfThought(Refund)), { samples: 3 });
  let hang = true;
  await using server = await startChatServer({
    respond: (request) => hang ? { kind: "hang" } : { kind: "reply", content: answerTo(request, "late", 10) },
  });
  const controller = new AbortController();
  await using scope = scopeAt(server, { case: UNDER, examples: () => corpus });
  const aborted = program.run(INPUT, { ...scope, signal: controller.signal });
  await server.waitFor(3);
  controller.abort();
  await assert.rejects(aborted, { name: "AbortError" });
  await server.waitForAborted(3);
  hang = false;
  const prediction = await program.run(INPUT, scope);
  assert.equal(prediction.status, "ok");
  assert.equal(server.stats().total, 6);
  const texts = server.requests().map(({ text }) => text);
  assert.deepEqual(texts.slice(3).toSorted(), texts.slice(0, 3).toSorted());
});

Deno.test("samples that are the choices of one request hang up on it, in a strategy of any depth", async () => {
  for (
    const program of [selfConsistency(once, { samples: 3 }), bestOfN(selfConsistency(once), { n: 2, reward })]
  ) {
    await using server = await startChatServer({ respond: () => ({ kind: "hang" }) });
    const controller = new AbortController();
    await using scope = scopeAt(server, { signal: controller.signal }, { spec: { severalChoices: true } });
    const running = program.run(INPUT, scope);
    await server.waitFor(1);
    const reason = new Error("stopped by hand");
    controller.abort(reason);
    await assert.rejects(running, (error) => error === reason);
    await server.waitForAborted(1);
    assert.equal(server.stats().total, 1);
  }
});
