import { bm25Retriever, type SearchResult } from "@lib/program/mod.ts";
import { normaliseText } from "@lib/signature/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";
import { corpusOfMails } from "./_corpus.ts";

Deno.test.sanitizer({ ops: true, resources: true });

function hitsOf(result: SearchResult): [string, number][] {
  assert(result.ok);
  assert.deepEqual(result.hits.map(({ rank }) => rank), result.hits.map((_, at) => at + 1));
  return result.hits.map(({ item, score }) => [item.id, score]);
}

const search = async (mails: readonly string[], text: string, k = 100) =>
  hitsOf(await bm25Retriever(corpusOfMails(mails)).search({ text }, k));

const words = (text: string) => normaliseText(text).split(" ");

/** BM25 straight from its formula, as SQLite documents it: k1 = 1.2, b = 0.75. */
function reference(texts: readonly string[], query: string): Map<number, number> {
  const lengths = texts.map((text) => text.trim() === "" ? 0 : words(text).length);
  const average = lengths.reduce((sum, length) => sum + length, 0) / texts.length;
  const scores = new Map<number, number>();
  for (const word of new Set(words(query))) {
    const counts = texts.map((text) => words(text).filter((other) => other === word && other !== "").length);
    const having = counts.filter((count) => count > 0).length;
    const idf = Math.max(Math.log((texts.length - having + 0.5) / (having + 0.5)), 1e-6);
    counts.forEach((count, at) => {
      if (count === 0) return;
      const part = idf * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * lengths[at]! / average));
      scores.set(at, (scores.get(at) ?? 0) + part);
    });
  }
  return scores;
}

Deno.test("bm25Retriever() gives the scores of an example computed by hand", async () => {
  // N = 5, average length 2; two texts have "cat": idf = ln(3.5 / 2.5) = 0.336472
  const found = await search(["cat sat", "cat cat mat", "dog", "dog ran far", "bird"], "Cat!");
  assert.deepEqual(found.map(([id, score]) => [id, score.toFixed(6)]), [
    ["m1", "0.405610"], // 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 3 / 2)) = 1.205479
    ["m0", "0.336472"], // 1 * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 2 / 2)) = 1
  ]);
});

Deno.test("bm25Retriever() ranks as the formula does, over random texts and queries", async () => {
  const text = fc.array(fc.constantFrom("cat", "Dog.", "3.14", "-5", "é", "e", "5%", "a"), { maxLength: 9 })
    .map((parts) => parts.join(" "));
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 12 }), text, async (texts, query) => {
      const expected = reference(texts, query);
      const found = await search(texts, query);
      assert.equal(found.length, expected.size);
      for (const [id, score] of found) {
        const wanted = expected.get(Number(id.slice(1)))!;
        assert(Math.abs(score - wanted) < 1e-9, `${id}: ${score}, expected ${wanted}`);
      }
      for (const [at, [, score]] of found.entries()) assert(at === 0 || found[at - 1]![1] >= score);
    }),
  );
});

Deno.test("bm25Retriever() counts a word once that the query repeats", async () => {
  const mails = ["late parcel", "cracked lid", "late bill", "wrong bill", "late"];
  assert.deepEqual(await search(mails, "late late late lid"), await search(mails, "lid late"));
});

Deno.test("bm25Retriever() takes numbers and signs for words of their own", async () => {
  const mails = ["14.90 paid", "14 90 paid", "-5 paid", "5 paid", "5 % paid", "c++ paid", "c paid"];
  const ids = async (query: string) => (await search(mails, query)).map(([id]) => id);
  assert.deepEqual(await ids("14.90"), ["m0"]);
  assert.deepEqual(await ids("-5"), ["m2"]);
  assert.deepEqual(await ids("C++"), ["m5"]);
});

Deno.test("bm25Retriever() takes what looks like a query language for words", async () => {
  const mails = [
    'say "hello" AND NOT bye',
    "near OR far",
    "text: star*",
    '"',
    "(a)",
    "😀 smile",
    "a\u0000b",
    "NEAR(a b)",
  ];
  const found = async (query: string) => (await search(mails, query)).map(([id]) => id);
  for (
    const query of [
      '"',
      '"" OR',
      "text:",
      "*",
      "AND",
      "NOT",
      "NEAR(",
      "(",
      ")",
      "^a",
      "a\u0000b",
      "\u200b",
      "{x}:",
    ]
  ) {
    await found(query); // no error
  }
  assert.deepEqual(await found("not"), ["m0"]);
  assert.deepEqual(await found('"'), ["m3"]);
  assert.deepEqual(await found("😀"), ["m5"]);
});

Deno.test("bm25Retriever() never fails, whatever the texts and the query", async () => {
  const any = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)); // half a pair of surrogates, too
  const text = fc.string({ unit: fc.oneof(any, fc.constantFrom(..."\"'\0*^:(){}+-a \n\u200b")) });
  await fc.assert(
    fc.asyncProperty(fc.array(text, { maxLength: 5 }), text, async (texts, query) => {
      await search(texts, query);
    }),
    { numRuns: 50 },
  );
});

Deno.test("bm25Retriever() breaks ties by the order of the items", async () => {
  const mails = ["x", "late", "late", "y", "late", "z", "w", "v"];
  assert.deepEqual((await search(mails, "late")).map(([id]) => id), ["m1", "m2", "m4"]);
  assert.deepEqual((await search(mails, "late", 2)).map(([id]) => id), ["m1", "m2"]);
});

Deno.test("bm25Retriever() fills k from what is accepted, and asks in the order of rank until it has k", async () => {
  const mails = ["late late", "late", "late a b", "late a b c", "other", "one", "two", "three", "four"];
  const retriever = bm25Retriever(corpusOfMails(mails));
  const all = hitsOf(await retriever.search({ text: "late" }, 9)).map(([id]) => id);
  const asked: string[] = [];
  const accept = ({ id }: { id: string }) => {
    asked.push(id);
    return id !== all[0];
  };
  const found = hitsOf(await retriever.search({ text: "late" }, 2, accept)).map(([id]) => id);
  assert.deepEqual(found, all.slice(1, 3));
  assert.deepEqual(asked, all.slice(0, 3));
});

Deno.test("bm25Retriever() finds nothing in an empty corpus, for an empty query, or without a shared word", async () => {
  assert.deepEqual(await search([], "late"), []);
  assert.deepEqual(await search(["late", ""], " "), []);
  assert.deepEqual(await search(["late", "?!"], "early"), []);
});

Deno.test("bm25Retriever() throws a RangeError when k is no count, and the signal's reason when aborted", async () => {
  const retriever = bm25Retriever(corpusOfMails(["late"]));
  for (const k of [0, -1, 1.5, Number.NaN]) {
    await assert.rejects(retriever.search({ text: "a" }, k), RangeError);
  }
  const signal = AbortSignal.abort(new Error("enough"));
  await assert.rejects(retriever.search({ text: "a", signal }, 1), /enough/);
  await assert.rejects(retriever.prepare(signal), /enough/);
  assert.deepEqual(await retriever.prepare(), { ok: true, calls: [] });
});

Deno.test("bm25Retriever() describes itself by its corpus", () => {
  const of = (mails: string[]) => JSON.stringify(bm25Retriever(corpusOfMails(mails)).describe());
  assert.equal(of(["a"]), of(["a"]));
  assert.notEqual(of(["a"]), of(["b"]));
});
