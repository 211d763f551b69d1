import {
  bm25,
  type CaseContext,
  type Corpus,
  corpusOf,
  embedding,
  fused,
  LeakError,
  majorityClass,
  nearestNeighbour,
  predict,
  type Ranking,
  retrieval,
  type RetrievalOptions,
  rules,
  type Scope,
} from "@lib/program/mod.ts";
import { compatible, createEndpoints, embedder, openEmbedder } from "@lib/model/mod.ts";
import { signature } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import fc from "fast-check";
import { z } from "zod";
import { startEmbeddingServer } from "../servers/embedding_server.ts";
import { answering, scopeAt } from "./_scope.ts";

const Team = signature({
  name: "team",
  instructions: "",
  input: { mail: z.string() },
  output: { team: z.enum(["post", "repair", "bills"]) },
});
const once = predict(Team, { corrections: 0 });
const POST = '{"team":"post"}';

const cases = [
  { id: "a", input: { mail: "my parcel has not arrived at the door" }, expected: { team: "post" } },
  { id: "b", input: { mail: "the lid of my pan is cracked" }, expected: { team: "repair" } },
  { id: "c", input: { mail: "the bill names a wrong sum" }, expected: { team: "bills" } },
  { id: "d", input: { mail: "where is my parcel please" }, expected: { team: "post" }, group: "g1" },
  {
    id: "e",
    input: { mail: "parcel torn at the corner" },
    expected: { team: "post" },
    session: "s1",
    at: "2026-03-01",
  },
];
const corpus = corpusOf({ signature: Team, from: "cases", cases });
const under = (changes: Partial<CaseContext> = {}): CaseContext => ({
  id: "x",
  input: { mail: "is my parcel at the door" },
  state: {},
  earlier: [],
  ...changes,
});

interface Shown {
  items: { id: string; kind: string }[];
  leftOut: Record<string, string>;
}

/** What a retrieval shows for a case, and what it sends. */
async function shownFor(
  context: CaseContext,
  options: RetrievalOptions = {},
  scopeChanges: Partial<Scope> = {},
) {
  await using server = await answering([], POST);
  await using scope = scopeAt(server, { case: context, ...scopeChanges });
  const prediction = await retrieval(once, { from: corpus, k: 3, ...options }).run(
    context.input as { mail: string },
    scope,
  );
  const [request] = server.requests();
  return {
    prediction,
    retrieved: prediction.diagnostics.retrieved as Shown,
    messages: request?.body.messages ?? [],
    requests: server.stats().total,
  };
}

Deno.test("retrieval() shows the most alike cases as turns, the most alike last, in one request", async () => {
  const { retrieved, messages, requests } = await shownFor(under(), { k: 2 });
  assert.equal(requests, 1);
  assert.deepEqual(retrieved.items.map(({ id }) => id), ["a", "d"]);
  assert.deepEqual(messages.slice(1).map(({ content }) => content), [
    "<mail>\nwhere is my parcel please\n</mail>",
    POST,
    "<mail>\nmy parcel has not arrived at the door\n</mail>",
    POST,
    "<mail>\nis my parcel at the door\n</mail>",
  ]);
});

Deno.test("retrieval() never shows the case itself, its twin, group or session, or what came later, and says why", async () => {
  const twin = under({ id: "y", input: { mail: "My parcel has NOT arrived at the door!" } });
  const shown = async (context: CaseContext) => (await shownFor(context, { k: 5 })).retrieved;
  assert.equal((await shown(under({ id: "a" }))).leftOut.a, "the case itself");
  assert.equal((await shown(twin)).leftOut.a, "a near-duplicate of its input");
  assert.equal((await shown(under({ group: "g1" }))).leftOut.d, "of the same group g1");
  assert.equal((await shown(under({ session: "s1" }))).leftOut.e, "of the same session s1");
  assert.match((await shown(under({ at: "2026-02-01" }))).leftOut.e ?? "", /^later \(2026-03-01\)/);
  const free = await shown(under({ at: "2026-04-01" }));
  assert.deepEqual(free.leftOut, {});
  assert(free.items.some(({ id }) => id === "e"));
});

Deno.test("retrieval() leaves items out that the variant names", async () => {
  const { retrieved } = await shownFor(under(), { leaveOut: ["a"] });
  assert(!retrieved.items.some(({ id }) => id === "a"));
  assert.equal(retrieved.leftOut.a, "left out by the variant");
});

Deno.test("retrieval() shows the mistake of a failure beside its truth", async () => {
  const failed = corpusOf({
    signature: Team,
    from: "cases",
    cases,
    failures: [{ ...cases[0]!, from: "run-1", mistake: { team: "bills" } }],
  });
  const { retrieved, messages } = await shownFor(under(), { from: failed, k: 1 });
  assert.deepEqual(retrieved.items.map(({ id, kind }) => [id, kind]), [["a", "failure"]]);
  assert.equal(
    messages[1]?.content,
    '<mail>\nmy parcel has not arrived at the door\n</mail>\n\n<wrong_answer>\n{"team":"bills"}\n</wrong_answer>',
  );
});

Deno.test("retrieval() fails as retrieval when the corpus is empty, without a request", async () => {
  const empty = corpusOf({ signature: Team, from: "cases", cases: [] });
  const { prediction, requests } = await shownFor(under(), { from: empty });
  assert(prediction.status === "failed");
  assert.equal(prediction.failure.kind, "retrieval");
  assert.equal(requests, 0);
});

Deno.test("retrieval() goes on without examples where none may be shown", async () => {
  const { prediction, retrieved } = await shownFor(under(), { leaveOut: cases.map(({ id }) => id) });
  assert.equal(prediction.status, "ok");
  assert.deepEqual(retrieved.items, []);
});

Deno.test("retrieval() needs a dataset when it names a split, and says how to go on", async () => {
  await assert.rejects(shownFor(under(), { from: "train" }), /there is none.*corpusOf/s);
});

Deno.test("retrieval() refuses what a careless ranking finds, naming both ids", async () => {
  const careless: Ranking = {
    name: "careless",
    describe: () => ({}),
    index: ({ items }) => ({
      name: "careless",
      describe: () => ({}),
      prepare: () => Promise.resolve({ ok: true, calls: [] }),
      search: () => Promise.resolve({ ok: true, hits: [{ item: items[0]!, score: 1, rank: 1 }], calls: [] }),
    }),
  };
  await assert.rejects(
    shownFor(under({ id: "a" }), { by: careless }),
    (error) => error instanceof LeakError && error.caseId === "a" && error.itemId === "a",
  );
});

Deno.test("embedding() ranks by cosine with one request for the corpus and one a search, counted among the calls", async () => {
  await using vectors = await startEmbeddingServer();
  await using endpoints = { ...createEndpoints(), [Symbol.asyncDispose]: () => endpoints.close() };
  const spec = embedder(compatible("vectors", { baseUrl: vectors.baseUrl }));
  const open: NonNullable<Scope["embedder"]> = (wanted) => openEmbedder(wanted, { mode: "live", endpoints });
  const program = retrieval(once, { from: corpus, k: 2, by: embedding(spec) });
  await using server = await answering([], POST);
  await using scope = scopeAt(server, { case: under(), embedder: open });
  const first = await program.run({ mail: "is my parcel at the door" }, scope);
  const second = await program.run({ mail: "is my parcel at the door" }, scope);
  assert.deepEqual(first.calls.map(({ path }) => path.at(-1)), ["embedding", "embedding", "case"]);
  assert.deepEqual(second.calls.map(({ path }) => path.at(-1)), ["embedding", "case"]);
  assert.equal((first.diagnostics.retrieved as Shown).items.length, 2);
  assert.equal((first.diagnostics.retrieved as Shown).items[0]?.id, "a");
});

Deno.test("embedding() makes a prediction fail as retrieval when its server is down", async () => {
  await using endpoints = { ...createEndpoints(), [Symbol.asyncDispose]: () => endpoints.close() };
  const spec = embedder(compatible("vectors", { baseUrl: "http://127.0.0.1:9/v1" }));
  const open: NonNullable<Scope["embedder"]> = (wanted) =>
    openEmbedder(wanted, { mode: "live", endpoints, policy: { retries: 0 } });
  for (const by of [embedding(spec), fused(bm25(), embedding(spec))]) {
    const { prediction, requests } = await shownFor(under(), { by }, { embedder: open });
    assert(prediction.status === "failed");
    assert.equal(prediction.failure.kind, "retrieval");
    assert.equal(requests, 0);
  }
});

Deno.test("retrieval() never shows a case to itself, to its group, session or twin, whatever the dataset", async () => {
  const word = fc.constantFrom("parcel", "lid", "bill", "late", "torn", "where", "door");
  const entry = fc.record({
    mail: fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(" ")),
    group: fc.option(fc.constantFrom("g1", "g2"), { nil: undefined }),
    session: fc.option(fc.constantFrom("s1", "s2"), { nil: undefined }),
    at: fc.option(fc.constantFrom("2026-01-01", "2026-02-01", "2026-03-01"), { nil: undefined }),
  });
  await using server = await answering([], POST);
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { minLength: 2, maxLength: 12 }), async (entries) => {
      const all = entries.map(({ mail, ...meta }, index) => ({
        id: `c${index}`,
        input: { mail },
        expected: { team: "post" },
        ...JSON.parse(JSON.stringify(meta)) as { group?: string; session?: string; at?: string },
      }));
      const whole: Corpus = corpusOf({ signature: Team, from: "cases", cases: all });
      const program = retrieval(once, { from: whole, k: 5 });
      for (const { expected: _truth, ...known } of all) {
        await using scope = scopeAt(server, { case: { state: {}, earlier: [], ...known } });
        const { diagnostics } = await program.run(known.input, scope); // throws a LeakError where a leak came through
        for (const { id } of (diagnostics.retrieved as Shown).items) {
          const item = all.find((other) => other.id === id)!;
          assert.notEqual(item.id, known.id);
          assert(item.group === undefined || item.group !== known.group);
          assert(item.session === undefined || item.session !== known.session);
          assert(!(item.at && known.at && item.at > known.at));
          assert.notEqual(item.input.mail, known.input.mail);
        }
      }
    }),
    { numRuns: 15 },
  );
});

const examples = () => corpus;

Deno.test("majorityClass() gives the commonest truth, nearestNeighbour() that of the most alike case, neither asks", async () => {
  await using server = await answering([]);
  await using scope = scopeAt(server, { case: under(), examples });
  const commonest = await majorityClass(Team).run({ mail: "lid" }, scope);
  const nearest = await nearestNeighbour(Team).run({ mail: "my lid is cracked" }, scope);
  assert(commonest.status === "ok" && nearest.status === "ok");
  assert.equal(commonest.output.team, "post");
  assert.equal(nearest.output.team, "repair");
  assert.equal(server.stats().total, 0);
  assert.deepEqual(majorityClass(Team).forecast().calls, { least: 0, most: 0 });
});

Deno.test("majorityClass() and nearestNeighbour() do not learn from the case under test", async () => {
  await using server = await answering([]);
  const two = corpusOf({ signature: Team, from: "cases", cases: [cases[0]!, cases[1]!] });
  await using scope = scopeAt(server, {
    case: under({ id: "a", input: cases[0]!.input }),
    examples: () => two,
  });
  for (const program of [majorityClass(Team), nearestNeighbour(Team)]) {
    const prediction = await program.run(cases[0]!.input, scope);
    assert(prediction.status === "ok");
    assert.equal(prediction.output.team, "repair");
  }
});

Deno.test("baselines fail as retrieval where there is nothing to learn from", async () => {
  await using server = await answering([]);
  const empty = corpusOf({ signature: Team, from: "cases", cases: [] });
  await using scope = scopeAt(server, { case: under(), examples: () => empty });
  for (const program of [majorityClass(Team), nearestNeighbour(Team)]) {
    const prediction = await program.run({ mail: "x" }, scope);
    assert(prediction.status === "failed" && prediction.failure.kind === "retrieval");
  }
});

Deno.test("rules() answers by code, abstains where no rule applies, and validates what it returns", async () => {
  await using server = await answering([]);
  await using scope = scopeAt(server);
  const byWord = rules(Team, ({ mail }) => mail.includes("parcel") ? { team: "post" as const } : undefined);
  const found = await byWord.run({ mail: "a parcel" }, scope);
  assert(found.status === "ok" && found.output.team === "post");
  assert.equal((await byWord.run({ mail: "a lid" }, scope)).status, "abstained");
  const wrong = await rules(Team, () => ({ team: "nobody" }) as never).run({ mail: "x" }, scope);
  assert(wrong.status === "failed" && wrong.failure.kind === "format");
});

Deno.test("retrieval() and fused() throw a RangeError for numbers that make no sense", () => {
  assert.throws(() => retrieval(once, { k: 0 }), RangeError);
  assert.throws(() => fused(bm25()), RangeError);
});
