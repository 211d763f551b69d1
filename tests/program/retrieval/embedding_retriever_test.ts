import { type Embedder } from "@lib/model/mod.ts";
import { embeddingRetriever, type Retriever, type SearchResult } from "@lib/program/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";
import { serveEmbedder } from "../../model/_served_embedder.ts";
import { embeddingsReply, hashedVector, startEmbeddingServer } from "../../servers/embedding_server.ts";
import { corpusOfMails } from "./_corpus.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const MAILS = [
  "my parcel is late",
  "the lid is cracked",
  "wrong bill",
  "password refused",
  "late parcel again",
];

function idsOf(result: SearchResult): string[] {
  assert(result.ok, JSON.stringify(result));
  return result.hits.map(({ item }) => item.id);
}

const find = (retriever: Retriever, text: string, k = 2) => retriever.search({ text }, k);

/** An embedder that looks its vectors up. */
function tabled(vectors: Readonly<Record<string, readonly number[]>>): Embedder {
  return {
    spec: { model: { name: "tabled" }, wire: { query: "q", passage: "p" } } as Embedder["spec"],
    embed: (texts) =>
      Promise.resolve({
        ok: true,
        vectors: texts.map((text) => Float32Array.from(vectors[text]!)),
        calls: [],
      }),
  };
}

Deno.test("embeddingRetriever() finds what is nearest, the corpus embedded once and each query once", async () => {
  await using server = startEmbeddingServer();
  await using served = serveEmbedder(server, { embedder: { batch: 2, query: "q", passage: "p" } });
  const retriever = embeddingRetriever(corpusOfMails(MAILS), served.embedder);
  const first = await find(retriever, "again a late parcel");
  assert.deepEqual(idsOf(first), ["m4", "m0"]);
  assert.deepEqual(idsOf(await find(retriever, "cracked lids", 1)), ["m1"]);
  assert.deepEqual(server.requests.map(({ model, texts }) => [model, texts.length]), [
    ["p", 2],
    ["p", 2],
    ["p", 1],
    ["q", 1],
    ["q", 1],
  ]);
  assert.equal(first.calls.length, 1); // its own request; those for the corpus are prepare()'s
  assert.equal((await retriever.prepare()).calls.length, 3);
  assert.equal((await retriever.prepare()).calls.length, 0); // handed out once
});

Deno.test("embeddingRetriever() compares directions, not lengths", async () => {
  // dspy's KNN takes the dot product and picks the first: programs.md, 2.6
  const vectors = { long: [10, 1], near: [0, 1], asked: [0.2, 1] };
  const retriever = embeddingRetriever(corpusOfMails(["long", "near"]), tabled(vectors));
  const found = await find(retriever, "asked");
  assert.deepEqual(idsOf(found), ["m1", "m0"]);
  assert(found.ok);
  assert.equal(found.hits[0]?.score.toFixed(6), (1 / Math.hypot(0.2, 1)).toFixed(6));
});

Deno.test("embeddingRetriever() gives cosines, and breaks ties by the order of the items", async () => {
  const vector = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 3, maxLength: 3 })
    .filter((values) => values.some((value) => value !== 0));
  await fc.assert(
    fc.asyncProperty(fc.array(vector, { minLength: 1, maxLength: 15 }), vector, async (rows, asked) => {
      const table = Object.fromEntries([...rows, asked].map((row, at) => [`t${at}`, row]));
      const retriever = embeddingRetriever(corpusOfMails(rows.map((_, at) => `t${at}`)), tabled(table));
      const found = await find(retriever, `t${rows.length}`, 100);
      assert(found.ok && found.hits.length === rows.length);
      for (const [place, { item, score }] of found.hits.entries()) {
        const at = Number(item.id.slice(1));
        const dot = rows[at]!.reduce((sum, value, n) => sum + value * asked[n]!, 0);
        assert(Math.abs(score - dot / Math.hypot(...rows[at]!) / Math.hypot(...asked)) < 1e-6);
        const next = found.hits[place + 1];
        if (next) assert(score > next.score || (score === next.score && at < Number(next.item.id.slice(1))));
      }
    }),
  );
});

Deno.test("embeddingRetriever() fills k from what is accepted", async () => {
  await using server = startEmbeddingServer();
  await using served = serveEmbedder(server);
  const retriever = embeddingRetriever(corpusOfMails(MAILS), served.embedder);
  const found = await retriever.search({ text: "late parcel" }, 2, ({ id }) => id !== "m4" && id !== "m1");
  assert.equal(idsOf(found)[0], "m0");
  assert.equal(idsOf(found).length, 2);
  assert.deepEqual(await retriever.search({ text: "late" }, 2, () => false).then(idsOf), []);
});

Deno.test("embeddingRetriever() asks for the corpus once for many searches at the same time", async () => {
  await using server = startEmbeddingServer();
  await using served = serveEmbedder(server);
  const retriever = embeddingRetriever(corpusOfMails(MAILS), served.embedder);
  const found = await Promise.all(Array.from({ length: 20 }, (_, at) => find(retriever, `late ${at}`)));
  assert(found.every(({ ok }) => ok));
  assert.equal(server.requests.length, 21);
});

Deno.test("embeddingRetriever() asks for nothing when there is nothing to find or to find by", async () => {
  await using server = startEmbeddingServer();
  await using served = serveEmbedder(server);
  for (const [mails, text] of [[[], "late"], [MAILS, " \n"], [["", " "], "late"]] as const) {
    const retriever = embeddingRetriever(corpusOfMails(mails), served.embedder);
    assert.deepEqual(await find(retriever, text), { ok: true, hits: [], calls: [] });
  }
  assert.equal(server.requests.length, 0);
});

Deno.test("embeddingRetriever() never finds an item without text", async () => {
  await using server = startEmbeddingServer();
  await using served = serveEmbedder(server);
  const retriever = embeddingRetriever(corpusOfMails(["", "wrong bill", " "]), served.embedder);
  assert.deepEqual(idsOf(await find(retriever, "late", 9)), ["m1"]);
});

Deno.test("embeddingRetriever() ends in a typed fault while the server is down, and finds when it is up again", async () => {
  let down = true;
  await using server = startEmbeddingServer({
    respond: () => down ? Response.json({}, { status: 503 }) : undefined,
  });
  await using served = serveEmbedder(server, { open: { policy: { retries: 1 } } });
  const retriever = embeddingRetriever(corpusOfMails(MAILS), served.embedder);
  const prepared = await retriever.prepare();
  assert(!prepared.ok);
  assert.equal(prepared.fault.kind, "server");
  assert.equal(prepared.calls.length, 1);
  const failed = await find(retriever, "late parcel");
  assert(!failed.ok);
  assert.equal(failed.fault.kind, "server");
  assert.equal(server.requests.length, 4);
  down = false;
  assert.deepEqual(idsOf(await find(retriever, "late parcel again")), ["m4", "m0"]);
});

Deno.test("embeddingRetriever() ends in a typed fault when only the query fails", async () => {
  await using server = startEmbeddingServer({
    respond: ({ model }) => model === "q" ? Response.json({}, { status: 400 }) : undefined,
  });
  await using served = serveEmbedder(server, { embedder: { query: "q" } });
  const retriever = embeddingRetriever(corpusOfMails(MAILS), served.embedder);
  const found = await find(retriever, "late");
  assert(!found.ok);
  assert.equal(found.fault.kind, "bad_request");
  assert.equal(found.calls.length, 1);
  assert.equal((await retriever.prepare()).ok, true);
});

Deno.test("embeddingRetriever() ends in a typed fault when query and corpus have vectors of other lengths", async () => {
  await using server = startEmbeddingServer({
    respond: ({ model, texts }) => embeddingsReply(texts, model === "q" ? 8 : 16),
  });
  await using served = serveEmbedder(server, { embedder: { query: "q" } });
  const found = await find(embeddingRetriever(corpusOfMails(MAILS), served.embedder), "late");
  assert(!found.ok);
  assert.match(found.fault.message, /8 dimensions, the corpus of 16/);
});

Deno.test("embeddingRetriever() stops its requests when aborted while the corpus is embedded", async () => {
  const gone = Promise.withResolvers<void>();
  await using server = startEmbeddingServer({
    respond: async (request) => {
      await new Promise((resolve) => request.gone.addEventListener("abort", resolve));
      gone.resolve();
      return undefined;
    },
  });
  await using served = serveEmbedder(server, { embedder: { batch: 1 } });
  const retriever = embeddingRetriever(corpusOfMails(MAILS), served.embedder);
  const stop = new AbortController();
  const searching = retriever.search({ text: "late", signal: stop.signal }, 1);
  await server.waitFor(1);
  stop.abort(new Error("enough"));
  await assert.rejects(searching, /enough/);
  await gone.promise;
  assert.equal(server.requests.length, 1);
});

Deno.test("embeddingRetriever() throws a RangeError when k is no count", async () => {
  const retriever = embeddingRetriever(corpusOfMails(["a"]), tabled({ a: [1] }));
  for (const k of [0, 1.5, Number.NaN]) await assert.rejects(find(retriever, "a", k), RangeError);
});

Deno.test("embeddingRetriever() describes itself by its corpus and model", () => {
  const describe = (mails: string[]) => embeddingRetriever(corpusOfMails(mails), tabled({})).describe();
  assert.deepEqual(describe(["a"]), describe(["a"]));
  assert.notDeepEqual(describe(["a"]), describe(["b"]));
  assert.equal(describe(["a"]).model, "tabled");
});

Deno.test("hashedVector() of the test server puts texts that share words near each other", () => {
  const [a, b, c] = ["a late parcel", "the parcel is late", "wrong bill"].map((text) =>
    hashedVector(text, 256)
  );
  const cosine = (x: number[], y: number[]) => x.reduce((sum, value, at) => sum + value * y[at]!, 0);
  assert(cosine(a!, b!) > 0.5 && cosine(a!, c!) < 0.3);
});
