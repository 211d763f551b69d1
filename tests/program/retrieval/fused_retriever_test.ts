import {
  bm25Retriever,
  type Corpus,
  embeddingRetriever,
  fusedRetriever,
  type Retriever,
} from "@lib/program/mod.ts";
import assert from "node:assert/strict";
import { serveEmbedder } from "../../model/_served_embedder.ts";
import { startEmbeddingServer } from "../../servers/embedding_server.ts";
import { corpusOfMails } from "./_corpus.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** A retriever in a few lines: by a fixed order of ids. */
function fixed(corpus: Corpus, order: readonly string[]): Retriever {
  const items = order.map((id) => corpus.items.find((item) => item.id === id)!);
  return {
    name: "fixed",
    describe: () => ({ retriever: "fixed", order }),
    prepare: () => Promise.resolve({ ok: true, calls: [] }),
    search: (_query, k, accept = () => true) => {
      const hits = items.filter(accept).slice(0, k).map((item, at) => ({ item, score: -at, rank: at + 1 }));
      return Promise.resolve({ ok: true, hits, calls: [] });
    },
  };
}

const CORPUS = corpusOfMails(["a", "b", "c", "d"]);

Deno.test("fusedRetriever() ranks by the sum of reciprocal ranks, cut after fusing", async () => {
  const retriever = fusedRetriever([fixed(CORPUS, ["m0", "m1", "m2"]), fixed(CORPUS, ["m3", "m1", "m0"])]);
  const found = await retriever.search({ text: "x" }, 2);
  assert(found.ok);
  assert.deepEqual(found.hits.map(({ item, score, rank }) => [item.id, score, rank]), [
    ["m0", 1 / 61 + 1 / 63, 1],
    ["m1", 1 / 62 + 1 / 62, 2],
  ]);
});

Deno.test("fusedRetriever() ranks only what is accepted", async () => {
  const retriever = fusedRetriever([fixed(CORPUS, ["m0", "m1", "m2"]), fixed(CORPUS, ["m3", "m1", "m0"])]);
  const found = await retriever.search({ text: "x" }, 9, ({ id }) => id !== "m0");
  assert(found.ok);
  assert.deepEqual(found.hits.map(({ item, score }) => [item.id, score]), [
    ["m1", 1 / 61 + 1 / 62],
    ["m3", 1 / 61],
    ["m2", 1 / 62],
  ]);
});

Deno.test("fusedRetriever() fuses words and embeddings, and reports the requests of both", async () => {
  await using server = startEmbeddingServer();
  await using served = serveEmbedder(server);
  const corpus = corpusOfMails(["my parcel is late", "the lid is cracked", "late parcels", "wrong bill"]);
  const retriever = fusedRetriever([bm25Retriever(corpus), embeddingRetriever(corpus, served.embedder)]);
  const prepared = await retriever.prepare();
  assert(prepared.ok && prepared.calls.length === 1);
  const found = await retriever.search({ text: "late parcels" }, 2);
  assert(found.ok && found.calls.length === 1);
  assert.deepEqual(found.hits.map(({ item }) => item.id), ["m2", "m0"]);
});

Deno.test("fusedRetriever() fails when one of its retrievers does: half a fusion is another retriever", async () => {
  await using server = startEmbeddingServer({ respond: () => Response.json({}, { status: 400 }) });
  await using served = serveEmbedder(server);
  const retriever = fusedRetriever([bm25Retriever(CORPUS), embeddingRetriever(CORPUS, served.embedder)]);
  const found = await retriever.search({ text: "a" }, 2);
  assert(!found.ok && found.fault.kind === "bad_request");
  const prepared = await retriever.prepare();
  assert(!prepared.ok && prepared.fault.kind === "bad_request");
});

Deno.test("fusedRetriever() rejects when aborted", async () => {
  const retriever = fusedRetriever([bm25Retriever(CORPUS), bm25Retriever(CORPUS)]);
  await assert.rejects(
    retriever.search({ text: "a", signal: AbortSignal.abort(new Error("enough")) }, 1),
    /enough/,
  );
});

Deno.test("fusedRetriever() of fewer than two, or with a k that is no count, is a RangeError", async () => {
  assert.throws(() => fusedRetriever([]), RangeError);
  assert.throws(() => fusedRetriever([bm25Retriever(CORPUS)]), RangeError);
  const retriever = fusedRetriever([bm25Retriever(CORPUS), bm25Retriever(CORPUS)]);
  await assert.rejects(retriever.search({ text: "a" }, 0), RangeError);
});

Deno.test("fusedRetriever() describes all that it is made of", () => {
  const first = fusedRetriever([fixed(CORPUS, ["m0"]), fixed(CORPUS, ["m1"])]).describe();
  assert.deepEqual(first.of, [{ retriever: "fixed", order: ["m0"] }, { retriever: "fixed", order: ["m1"] }]);
});
