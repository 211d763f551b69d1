/**
 * What users may add to, each as one small function over the front doors of rooms: nothing is registered, nothing
 * is edited.
 */
import { type Aggregator, type FieldVerdict, median, type StoppingRule } from "@lib/aggregate/mod.ts";
import { digest } from "@lib/io/mod.ts";
import { makeArtifact, optimize, type Optimizer } from "@lib/optimize/mod.ts";
import {
  compiled,
  type ContextSource,
  type Corpus,
  type Program,
  type Ranking,
  repeatForecast,
  retrieval,
  type Retriever,
  selfConsistency,
  selfContext,
  type UnstablePolicy,
} from "@lib/program/mod.ts";
import assert from "node:assert/strict";
import {
  answeringBy,
  caseOf,
  idsOf,
  plain,
  reply,
  settingAt,
  shownIn,
  truthOf,
  wrongOf,
} from "./optimize/_setting.ts";
import { scopeAt } from "./program/_scope.ts";
import { answerTo, corpus, INPUT, once, serveWell, UNDER } from "./program/_strategies.ts";
import { type ChatRequest, lastUserText, startChatServer } from "./servers/chat_server.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const rolloutOf = ({ body }: ChatRequest) => Number(body.seed) - 1_000_003;

/** A context source: what the words of an input mean in this house. */
function glossary(terms: Readonly<Record<string, string>>): ContextSource {
  return {
    name: "glossary",
    describe: () => ({ terms }),
    gather(input) {
      const text = Object.values(input).join(" ");
      const known = Object.entries(terms).filter(([term]) => text.includes(term));
      const blocks = known.map(([term, meaning]) => ({ title: "Glossary", text: `${term}: ${meaning}` }));
      return { status: "ok", blocks };
    },
  };
}

Deno.test("a context source is one function: its blocks stand in the prompt and its settings in the version", async () => {
  const program = selfContext(once, {
    sources: [glossary({ late: "after the promised day", pan: "a pot" })],
  });
  await using server = await serveWell();
  await using scope = scopeAt(server);
  const { status, diagnostics } = await program.run(INPUT, scope);
  assert.equal(status, "ok");
  assert.match(lastUserText(server.requests()[0]!), /^<context>\nGlossary\nlate: after the promised day\n/);
  assert.deepEqual(diagnostics.context, {
    blocks: [{ source: "glossary", title: "Glossary", characters: 37 }],
    dropped: 0,
  });
  assert.match(JSON.stringify(program.describe()), /"source":"glossary","terms":{"late"/);
});

/** An aggregator: the lowest number that was stated, as steady as their median is. */
function lowest(): Aggregator {
  const centre = median();
  return {
    name: "lowest",
    describe: () => ({ name: "lowest" }),
    aggregate(samples, field): FieldVerdict {
      const verdict = centre.aggregate(samples, field);
      const stated = samples.flatMap((one) => one.status === "ok" ? [Number(one.value)] : []);
      return verdict.status === "ok" ? { ...verdict, value: Math.min(...stated) } : verdict;
    },
  };
}

Deno.test("an aggregator is one function: selfConsistency takes it for a field", async () => {
  await using server = await startChatServer({
    respond: (request) => ({
      kind: "reply",
      content: answerTo(request, "late", 20 + rolloutOf(request) % 2),
    }),
  });
  await using scope = scopeAt(server);
  const cautious = await selfConsistency(once, { samples: 5, fields: { share: lowest() } }).run(INPUT, scope);
  assert(cautious.status === "ok");
  assert.deepEqual(cautious.output, { reason: "late", share: 20 });
});

/** A ranking with a retriever of its own: the solved cases whose text is about as long. */
function byLength(): Ranking {
  const index = ({ items, digest }: Corpus): Retriever => ({
    name: "length",
    describe: () => ({ retriever: "length", corpus: digest }),
    prepare: () => Promise.resolve({ ok: true, calls: [] }),
    search({ text }, k, accept = () => true) {
      const found = items.filter(accept)
        .map((item) => ({ item, score: -Math.abs(item.text.length - text.length) }))
        .sort((a, b) => b.score - a.score)
        .slice(0, k);
      return Promise.resolve({
        ok: true,
        hits: found.map((hit, at) => ({ ...hit, rank: at + 1 })),
        calls: [],
      });
    },
  });
  return { name: "length", describe: () => ({ ranking: "length" }), index };
}

Deno.test("a ranking and its retriever are one function: retrieval shows what it finds, and keeps the rules of leaks", async () => {
  await using server = await serveWell();
  await using scope = scopeAt(server, { case: { ...UNDER, id: "b" }, examples: () => corpus });
  const { diagnostics } = await retrieval(once, { by: byLength(), k: 2 }).run(INPUT, scope);
  const { items, leftOut } = diagnostics.retrieved as { items: { id: string }[]; leftOut: object };
  assert.deepEqual(items.map(({ id }) => id), ["c", "a"]);
  assert.deepEqual(leftOut, { b: "the case itself" });
  assert.equal(server.requests()[0]!.body.messages.length, 6);
});

/** What is done with an unstable output: a person is asked, and told about what. */
function askPerson<I, O>(): UnstablePolicy<I, O> {
  return {
    name: "askPerson",
    describe: () => ({}),
    decide: ({ output, unstable }) => ({
      status: "ok",
      output,
      action: unstable.length > 0 ? `ask about ${unstable.join(" and ")}` : "apply",
    }),
  };
}

/** A stopping rule: until a value of every field has so many votes. */
function votes(count: number): StoppingRule {
  return {
    name: "votes",
    describe: () => ({ name: "votes", count }),
    least: count,
    most: 3 * count,
    next: (fields) => {
      const lead = fields.map(({ aggregator, field, samples }) =>
        samples.length === 0 ? 0 : aggregator.aggregate(samples, field).votes[0]?.count ?? 0
      );
      return count - Math.min(...lead);
    },
  };
}

Deno.test("a stopping rule and an unstable policy are one function each: selfConsistency draws and decides by them", async () => {
  await using server = await startChatServer({
    respond: (request) => ({
      kind: "reply",
      content: answerTo(request, rolloutOf(request) % 2 ? "late" : "broken", 10),
    }),
  });
  await using scope = scopeAt(server);
  const program = selfConsistency(once, { samples: votes(2), onUnstable: askPerson() });
  assert.deepEqual(program.forecast().calls, { least: 2, most: 12 });
  const prediction = await program.run(INPUT, scope);
  assert(prediction.status === "ok");
  assert.equal(server.stats().total, 3);
  assert.equal(prediction.action, "apply");
  const torn = await selfConsistency(once, { samples: 2, onUnstable: askPerson() }).run(INPUT, scope);
  assert(torn.status === "ok");
  assert.equal(torn.action, "ask about reason");
});

/** A strategy: asks twice, and abstains where the answers differ. */
function twice<I, O>(program: Program<I, O>): Program<I, O> {
  return {
    name: "twice",
    signature: program.signature,
    describe: () => ({ strategy: "twice", program: program.describe() }),
    forecast: () => repeatForecast(program.forecast(), 2, 2),
    async run(input, scope) {
      const ask = (n: number) => program.run(input, { ...scope, rollout: scope.rollout * 2 + n });
      const [first, second] = [await ask(0), await ask(1)];
      const calls = [...first.calls, ...second.calls];
      const differ = first.status === "ok" && second.status === "ok" &&
        digest(first.output) !== digest(second.output);
      return differ
        ? { status: "abstained", reason: "two answers", diagnostics: {}, calls }
        : { ...first, calls };
    },
  };
}

Deno.test("a strategy is one function: it nests with the others, inside and outside", async () => {
  await using server = await startChatServer({
    respond: (request) => {
      const share = rolloutOf(request) < 2 ? 10 : 60;
      return { kind: "reply", content: answerTo(request, "late", share) };
    },
  });
  await using scope = scopeAt(server);
  const outside = twice(selfConsistency(once, { samples: 2 }));
  assert.deepEqual(outside.forecast().calls, { least: 4, most: 8 });
  assert.equal((await outside.run(INPUT, scope)).status, "abstained");
  assert.equal(server.stats().total, 4);
  const inside = await selfConsistency(twice(once), { samples: 2 }).run(INPUT, scope);
  assert.equal(inside.status, "ok");
  assert.equal(server.stats().total, 8);
});

/** An optimizer: the first training cases with their truth, taken when more dev cases are right with them. */
function firstTruths(count: number): Optimizer {
  return {
    name: "first_truths",
    describe: () => ({ count }),
    needsDev: true,
    async run(bench) {
      const nothing = { name: "baseline", note: "as it stands", demos: {}, instructions: {} };
      const { name } = bench.setting.program.signature;
      const shown = bench.pool.cases.slice(0, count).map(({ id, input, expected }) => ({
        from: "labelled" as const,
        case: { id },
        input,
        output: expected,
      }));
      const taught = { ...nothing, name: "taught", note: `${count} truths`, demos: { [name]: shown } };
      const [before, after] = [await bench.evaluate(nothing), await bench.evaluate(taught)];
      return { chosen: after.right > before.right ? taught : nothing, verdict: "more dev cases right" };
    },
  };
}

Deno.test("an optimizer is one function: what it chooses becomes an artifact, and a compiled program", async () => {
  await using server = await answeringBy((number, request) =>
    reply(shownIn(request).length > 0 ? truthOf(number) : wrongOf(number))
  );
  await using setting = settingAt(server);
  const optimized = await optimize(firstTruths(2), setting);
  assert.deepEqual(optimized.optimizer, { name: "first_truths", settings: { count: 2 } });
  assert.deepEqual(optimized.trials.map(({ right }) => right), [0, 4]);
  assert.deepEqual(idsOf(optimized.chosen!), { colour: ["t0", "t1"] });

  const few = compiled(
    plain,
    makeArtifact(optimized, {
      task: "colours",
      variant: "plain",
      prompt: "inline",
      model: "m",
      digests: {
        dataset: "d",
        signature: plain.signature.digest,
        prompt: "p",
        program: digest(plain.describe()),
        model: "m",
      },
      cases: { train: 6, dev: 4 },
      createdAt: "2026-01-01",
    }),
  );
  const { id, input } = caseOf(11, "test");
  await using scope = scopeAt(server, { case: { id, input, state: {}, earlier: [] } });
  const prediction = await few.run(input as { thing: string }, scope);
  assert(prediction.status === "ok");
  assert.deepEqual(prediction.output, truthOf(11));
  assert.deepEqual(shownIn(server.requests().at(-1)!), [0, 1]);
});

Deno.test("extensions need nothing but the front doors of rooms", async () => {
  const text = await Deno.readTextFile(new URL(import.meta.url));
  const rooms = [...text.matchAll(/from "@lib\/([^"]+)"/g)].map(([, path]) => path);
  assert(rooms.length > 0 && rooms.every((path) => /^\w+\/mod\.ts$/.test(path!)));
});
