import { compatible, createEndpoints, embedder, type FaultKind, openEmbedder } from "@lib/model/mod.ts";
import {
  abstain,
  bestOfN,
  bm25,
  chainOfThought,
  corpusOf,
  derived,
  embedding,
  escalate,
  type Failure,
  fused,
  majorityClass,
  nearestNeighbour,
  predict,
  type Prediction,
  refine,
  retrieval,
  rules,
  type Scope,
  selfConsistency,
  selfContext,
  userState,
} from "@lib/program/mod.ts";
import { categoryOfFailure } from "@lib/scoring/mod.ts";
import assert from "node:assert/strict";
import {
  type Behaviour,
  type ChatRequest,
  type ChatServer,
  startChatServer,
} from "../servers/chat_server.ts";
import { startEmbeddingServer } from "../servers/embedding_server.ts";
import { scopeAt } from "./_scope.ts";
import {
  answerTo,
  assess,
  corpus,
  INPUT,
  Reason,
  Refund,
  type RefundProgram,
  Share,
  UNDER,
  withExample,
} from "./_strategies.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const once: RefundProgram = predict(Refund, { corrections: 0 });
const rolloutOf = ({ body }: ChatRequest) => Number(body.seed) - 1_000_003;

/** A fault on the wire or in a reply, the kind of failure that it is, and the category that it is counted in. */
const FAULTS: Readonly<Record<string, [behaviour: Behaviour, kind: Failure["kind"], category: string]>> = {
  "a server error": [{ kind: "status", status: 500 }, "server", "provider_error"],
  "a rate limit": [{ kind: "status", status: 429 }, "rate_limit", "provider_error"],
  "a lost connection": [{ kind: "reset", after: "middle of body" }, "connection", "provider_error"],
  "a reply that is no completion": [{ kind: "empty_choices" }, "protocol", "provider_error"],
  "no reply in time": [{ kind: "status", status: 408 }, "timeout", "timeout"],
  "a malformed reply": [{ kind: "reply", content: "It depends." }, "format", "format"],
  "a reply that does not fit": [
    { kind: "reply", content: '{"reason":"lost","share":"a lot"}' },
    "format",
    "format",
  ],
  "a cut reply": [{ kind: "length", content: '{"reason":"la' }, "truncated", "truncated"],
  "a refusal": [{ kind: "refusal", text: "I cannot help with that." }, "refused", "refused"],
  "an empty reply": [{ kind: "null_content" }, "empty", "empty"],
};

/** Runs a program on the second case of a session, where there are solved cases. */
async function runAt(server: ChatServer, program: RefundProgram, changes: Partial<Scope> = {}) {
  await using scope = scopeAt(server, { case: UNDER, examples: () => corpus, ...changes });
  return await program.run(INPUT, scope);
}

/** A server on which some requests fail, and the others are answered alike. */
function failing(
  fault: Behaviour,
  fails: (request: ChatRequest) => boolean = () => true,
): Promise<ChatServer> {
  return startChatServer({
    respond: (request) => fails(request) ? fault : { kind: "reply", content: answerTo(request, "late", 10) },
  });
}

function failureOf(prediction: Prediction<unknown>): Failure {
  assert(prediction.status === "failed", `status ${prediction.status}`);
  return prediction.failure;
}

const reward = ({ share }: { share: number }) => share;
const STRATEGIES: Readonly<Record<string, RefundProgram>> = {
  predict: once,
  chainOfThought: chainOfThought(Refund, { corrections: 0 }),
  selfContext: selfContext(once, { sources: [userState("tier"), derived("First guess", once)] }),
  selfConsistency: selfConsistency(once, { samples: 3 }),
  bestOfN: bestOfN(once, { n: 2, reward }),
  refine: refine(once, { check: () => undefined }),
  retrieval: retrieval(once),
  compiled: withExample(once),
  workflow: assess.with({
    reason: { strategy: () => predict(Reason, { corrections: 0 }) as never },
    share: { strategy: () => predict(Share, { corrections: 0 }) as never },
  }),
  "selfConsistency of bestOfN of retrieval": selfConsistency(bestOfN(retrieval(once), { n: 2, reward }), {
    samples: 2,
  }),
};

for (const [name, [behaviour, kind, category]] of Object.entries(FAULTS)) {
  Deno.test(`${name} in one sample of five is counted, and the others vote`, async () => {
    await using server = await failing(behaviour, (request) => rolloutOf(request) === 2);
    const prediction = await runAt(server, selfConsistency(once, { samples: 5 }));
    assert(prediction.status === "ok");
    assert.deepEqual(prediction.output, { reason: "late", share: 10 });
    const { samples, fields } = prediction.diagnostics as {
      samples: { status: string; reason?: string }[];
      fields: Record<string, { n: number; failed: number; abstained: number; share: number }>;
    };
    assert.deepEqual(samples.map(({ status }) => status), ["ok", "ok", "failed", "ok", "ok"]);
    assert(samples[2]?.reason, "and says why");
    for (const field of ["reason", "share"]) {
      const { n, failed, abstained, share } = fields[field]!;
      assert.deepEqual({ n, failed, abstained, share }, { n: 4, failed: 1, abstained: 0, share: 1 });
    }
    assert.equal(prediction.calls.length, 5);
  });

  Deno.test(`${name} in every request ends every strategy as ${kind}, counted as ${category}`, async () => {
    for (const [strategy, program] of Object.entries(STRATEGIES)) {
      await using server = await failing(behaviour);
      const prediction = await runAt(server, program);
      const failure = failureOf(prediction);
      assert.equal(failure.kind, kind, strategy);
      assert.equal(categoryOfFailure(failure), category, strategy);
      assert.equal(prediction.calls.length, server.stats().total, `${strategy} keeps what it paid for`);
    }
  });

  Deno.test(`${name} in one attempt of bestOfN or refine leaves the answer to the others`, async () => {
    await using server = await failing(behaviour, (request) => rolloutOf(request) === 0);
    const best = await runAt(server, bestOfN(once, { n: 3, reward }));
    assert(best.status === "ok");
    assert.deepEqual([best.diagnostics.chosen, best.calls.length], [1, 3]);
    const mended = await runAt(server, refine(once, { check: () => undefined }));
    const infrastructure: readonly string[] = ["provider_error", "timeout"];
    if (infrastructure.includes(category)) assert.equal(failureOf(mended).kind, kind); // nothing a model could mend
    else assert.equal(mended.status, "ok");
  });

  Deno.test(`${name} in a derived program, a named call or an escalation ends the whole as ${kind}, by name`, async () => {
    const bySchema = (schema: string) => ({ body }: ChatRequest) =>
      body.response_format?.type === "json_schema" && body.response_format.json_schema.name === schema;
    const reason = predict(Reason, { corrections: 0 });
    {
      await using server = await failing(behaviour, bySchema("reason"));
      const prediction = await runAt(server, selfContext(once, { sources: [derived("Reason", reason)] }));
      const { kind: found, message } = failureOf(prediction);
      assert.equal(found, kind);
      assert.match(message, /^derived Reason: /);
      assert.equal(server.stats().total, 1, "the program itself is not asked");
    }
    {
      await using server = await failing(behaviour, bySchema("share"));
      const { kind: found, message } = failureOf(await runAt(server, STRATEGIES.workflow!));
      assert.equal(found, kind);
      assert.match(message, /^The call "share" failed: /);
      assert.equal(server.stats().total, 2);
    }
    {
      const second = chainOfThought(Refund, { corrections: 0, maxTokens: 99 });
      await using server = await startChatServer({
        respond: (request) => {
          if (request.body.max_tokens === 99) return behaviour;
          return { kind: "reply", content: answerTo(request, "late", rolloutOf(request) * 50) };
        },
      });
      const program = selfConsistency(once, { samples: 2, onUnstable: escalate(second) });
      const prediction = await runAt(server, program);
      assert.equal(failureOf(prediction).kind, kind);
      assert.deepEqual([prediction.calls.length, prediction.diagnostics.escalated], [3, true]);
    }
  });
}

Deno.test("a derived program, a named call or an escalation that abstains makes the whole abstain, by name", async () => {
  await using server = await failing({ kind: "null_content" }, () => false);
  const shy: RefundProgram = rules(Refund, () => undefined);
  const unsure = await runAt(server, selfContext(once, { sources: [derived("Rule", shy)] }));
  assert(unsure.status === "abstained");
  assert.equal(unsure.reason, "derived Rule: no rule applies");
  assert.equal(server.stats().total, 0);

  const call = await runAt(
    server,
    assess.with({ share: { strategy: () => rules(Share, () => undefined) as never } }),
  );
  assert(call.status === "abstained");
  assert.equal(call.reason, 'The call "share" abstained: no rule applies');
  assert.equal(call.calls.length, 1);

  await using split = await startChatServer({
    respond: (request) => ({ kind: "reply", content: answerTo(request, "late", rolloutOf(request) * 50) }),
  });
  const after = selfConsistency(once, { samples: 2, onUnstable: escalate(shy) });
  const escalated = await runAt(split, after);
  assert(escalated.status === "abstained");
  assert.deepEqual([escalated.reason, escalated.calls.length], ["no rule applies", 2]);
});

Deno.test("samples that abstain are counted apart from those that fail, and all of them make the whole abstain", async () => {
  await using server = await startChatServer({
    respond: (request) => ({
      kind: "reply",
      content: answerTo(request, "late", (rolloutOf(request) % 2) * 50),
    }),
  });
  const unsure = selfConsistency(once, { samples: 2, onUnstable: abstain() });
  const prediction = await runAt(server, selfConsistency(unsure, { samples: 3 }));
  assert(prediction.status === "abstained");
  assert.match(prediction.reason, /^all of 3 samples abstained: unstable: share/);
  const { fields } = prediction.diagnostics as {
    fields: Record<string, { failed: number; abstained: number }>;
  };
  assert.deepEqual([fields.share?.failed, fields.share?.abstained], [0, 3]);
  assert.equal(prediction.calls.length, 6);
});

Deno.test("a failure of some samples is told before an abstention of the others", async () => {
  await using server = await failing({ kind: "status", status: 500 }, (request) => rolloutOf(request) >= 2);
  const sometimes: RefundProgram = {
    ...once,
    run: (input, scope) =>
      scope.rollout < 2
        ? Promise.resolve({ status: "abstained", reason: "no majority", diagnostics: {}, calls: [] })
        : once.run(input, scope),
  };
  const prediction = await runAt(server, selfConsistency(sometimes, { samples: 4 }));
  assert.equal(failureOf(prediction).kind, "server");
});

const EMBEDDING_FAULTS: Readonly<Record<string, () => Response>> = {
  "fails with 500": () => new Response(null, { status: 500 }),
  "sends no embeddings": () => Response.json({ data: [] }),
  "sends no JSON": () => new Response("<html>", { headers: { "content-type": "text/html" } }),
};
for (const [name, answer] of Object.entries(EMBEDDING_FAULTS)) {
  for (const [at, what] of [[1, "corpus"], [2, "query"]] as const) {
    Deno.test(`an embedding server that ${name} for the ${what} ends every program round it as retrieval`, async () => {
      for (
        const wrap of [
          (program: RefundProgram) => program,
          (program: RefundProgram) =>
            refine(selfConsistency(program, { samples: 2 }), {
              check: () => undefined,
            }),
        ]
      ) {
        await using vectors = await startEmbeddingServer({
          respond: ({ number }) => number >= at ? answer() : undefined,
        });
        await using server = await failing({ kind: "null_content" });
        await using endpoints = { ...createEndpoints(), [Symbol.asyncDispose]: () => endpoints.close() };
        const embed: NonNullable<Scope["embedder"]> = (spec) =>
          openEmbedder(spec, { mode: "live", endpoints, policy: { retries: 0 } });
        const by = embedding(embedder(compatible("vectors", { baseUrl: vectors.baseUrl })));
        for (const ranking of [by, fused(bm25(), by)]) {
          const prediction = await runAt(server, wrap(retrieval(once, { by: ranking })), { embedder: embed });
          const failure = failureOf(prediction);
          assert.deepEqual([failure.kind, categoryOfFailure(failure)], ["retrieval", "retrieval_error"]);
          assert.match(failure.message, /retrieval: /);
          const kinds = prediction.calls.map(({ path, result }) => [path.at(-1), result.ok]);
          assert(
            kinds.some(([step, ok]) => step === "embedding" && ok === false),
            "the failed request is kept",
          );
        }
        assert.equal(server.stats().total, 0, "no model is asked");
      }
    });
  }
}

Deno.test("an empty corpus ends every program that learns from it as retrieval, without a request", async () => {
  await using server = await failing({ kind: "null_content" });
  const empty = corpusOf({ signature: Refund, from: "cases", cases: [] });
  const programs: RefundProgram[] = [
    retrieval(once),
    retrieval(once, { from: empty }),
    selfConsistency(retrieval(once), { samples: 5 }),
    bestOfN(retrieval(once), { reward }),
    refine(retrieval(once), { check: () => undefined }),
    selfContext(once, { sources: [derived("Like it", retrieval(once))] }),
    majorityClass(Refund),
    nearestNeighbour(Refund),
  ];
  for (const program of programs) {
    const failure = failureOf(await runAt(server, program, { examples: () => empty }));
    assert.equal(failure.kind, "retrieval", program.name);
    assert.equal(categoryOfFailure(failure), "retrieval_error");
  }
  assert.equal(server.stats().total, 0);
});

Deno.test("refine() does not try again what a retrieval could not find", async () => {
  await using server = await failing({ kind: "null_content" });
  const empty = corpusOf({ signature: Refund, from: "cases", cases: [] });
  const prediction = await runAt(server, refine(retrieval(once), { check: () => undefined, attempts: 4 }), {
    examples: () => empty,
  });
  assert.equal((prediction.diagnostics.attempts as unknown[]).length, 1);
});

Deno.test("every kind of fault that a model may have is a category of its own or that of its provider", () => {
  const kinds: FaultKind[] = [
    "timeout",
    "rate_limit",
    "server",
    "connection",
    "auth",
    "not_found",
    "bad_request",
  ];
  assert.deepEqual(
    new Set(kinds.map((kind) => categoryOfFailure({ kind, message: "" }))),
    new Set(["timeout", "provider_error"]),
  );
});
