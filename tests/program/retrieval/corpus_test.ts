import { type CorpusCase, type CorpusFailure, corpusOf, itemText, queryText } from "@lib/program/mod.ts";
import { image, signature } from "@lib/signature/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";
import { z } from "zod";
import { deepFreeze } from "../../signature/_deep_freeze.ts";

const Refund = signature({
  name: "refund",
  instructions: "Decide.",
  input: { policy: z.string(), ticket: z.string(), photo: image() },
  output: { share: z.number() },
});
const FROM = "cases.csv";

const solved = (id: string, more: Partial<CorpusCase> = {}): CorpusCase => ({
  id,
  input: { policy: "p", ticket: `ticket ${id}` },
  expected: { share: 1 },
  ...more,
});
const failure = (id: string, more: Partial<CorpusFailure> = {}): CorpusFailure => ({
  ...solved(id),
  from: "run-1",
  mistake: { share: 0 },
  ...more,
});
const make = (cases: CorpusCase[], failures: CorpusFailure[] = [], fields?: string[]) =>
  corpusOf({ signature: Refund, from: FROM, cases, failures, ...(fields && { fields }) });

Deno.test("itemText() has the order of the fields, whatever the order of the keys of the input", () => {
  // dspy's KNNFewShot builds the query in call order and the index in the order of the example: programs.md, 2.6
  const value = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.constant(null),
    fc.dictionary(fc.string(), fc.integer()),
  );
  fc.assert(fc.property(fc.dictionary(fc.constantFrom("a", "b", "c"), value), (input) => {
    const reversed = Object.fromEntries(Object.entries(input).reverse());
    assert.equal(itemText(["a", "b", "c"], reversed), itemText(["a", "b", "c"], input));
  }));
});

Deno.test("itemText() has what is no text as JSON with sorted keys, and leaves out what is missing", () => {
  const fields = ["toString", "n", "o", "none", "empty", "text"];
  const input = { text: "a\nb", n: 0, o: { b: false, a: [1] }, none: null, empty: "" };
  assert.equal(itemText(fields, input), '0\n{"a":[1],"b":false}\na\nb');
});

Deno.test("corpusOf() makes one item a case, with the text that a query of the same input has", () => {
  const corpus = make([
    solved("a", { group: "g", session: "s", at: "2026-01-02", split: "train" }),
    solved("b"),
  ]);
  assert.deepEqual(corpus.items[0], {
    id: "a",
    kind: "case",
    from: FROM,
    input: { policy: "p", ticket: "ticket a" },
    output: { share: 1 },
    text: "p\nticket a",
    at: "2026-01-02",
    group: "g",
    session: "s",
  });
  assert.deepEqual(corpus.fields, ["policy", "ticket"]); // no picture
  assert.equal(queryText(corpus, { ticket: "ticket a", policy: "p" }), corpus.items[0]?.text);
});

Deno.test("corpusOf() searches by the fields that are named, in the order of the signature", () => {
  assert.deepEqual(make([solved("a")], [], ["ticket"]).items[0]?.text, "ticket a");
  assert.deepEqual(make([solved("a")], [], ["ticket", "policy"]).fields, ["policy", "ticket"]);
  assert.throws(
    () => make([], [], ["tickt"]),
    /InputError: .*\n.*refund\n.*"tickt"\n.*\n.*did you mean ticket\?/,
  );
  assert.throws(() => make([], [], ["photo"]), /a picture|no picture/);
  assert.throws(() => make([], [], []), /nothing to search by/);
  const Picture = signature({
    name: "p",
    instructions: "",
    input: { photo: image() },
    output: { a: z.string() },
  });
  assert.throws(() => corpusOf({ signature: Picture, from: FROM, cases: [] }), /nothing to search by/);
});

Deno.test("corpusOf() puts the latest failure of a case in its place, with the mistake and the corrected truth", () => {
  const corpus = make([solved("a"), solved("b")], [
    failure("a", { from: "run-2", at: "2026-02-02", mistake: { share: 2 } }),
    failure("a", { from: "run-1", at: "2026-01-01" }),
    failure("a", { from: "run-0" }), // of an unknown date: before all others
    failure("c", { expected: { share: 7 } }),
    failure("d", { at: "2026-01-01", from: "first" }),
    failure("d", { at: "2026-01-01", from: "second" }),
  ]);
  assert.deepEqual(corpus.items.map(({ id, kind, from }) => [id, kind, from]), [
    ["a", "failure", "run-2"],
    ["b", "case", FROM],
    ["c", "failure", "run-1"],
    ["d", "failure", "second"],
  ]);
  assert.deepEqual(corpus.items[0]?.mistake, { share: 2 });
  assert.deepEqual(corpus.items[2]?.output, { share: 7 });
});

Deno.test("corpusOf() takes a failure of which no output could be read", () => {
  const { mistake: _, ...unread } = failure("a");
  assert.equal(Object.hasOwn(make([], [unread]).items[0]!, "mistake"), false);
});

Deno.test("corpusOf() refuses a test case, be it a case or a failure, and names it", () => {
  assert.throws(
    () => make([solved("a"), solved("t9", { split: "test" })]),
    /InputError: .*\n.*case t9, from cases.csv/,
  );
  assert.throws(() => make([], [failure("t9", { split: "test" })]), /InputError: .*\n.*case t9, from run-1/);
});

Deno.test("corpusOf() refuses two cases of one id, and a date that is none", () => {
  assert.throws(() => make([solved("a"), solved("a")]), /InputError: Two cases of one id\n.*case a/);
  assert.throws(() => make([solved("a", { at: "soon" })]), /InputError: Bad date.*\n.*case a.*\n.*soon/);
});

Deno.test("corpusOf() of nothing is empty", () => {
  assert.deepEqual(make([]).items, []);
});

Deno.test("corpusOf() has a digest of all that an item is, and of nothing else", () => {
  const base = make([solved("a"), solved("b")]);
  assert.equal(make([solved("a"), solved("b")]).digest, base.digest);
  const others = [
    make([solved("b"), solved("a")]),
    make([solved("a")]),
    make([solved("a"), solved("b")], [], ["ticket"]),
    make([solved("a", { expected: { share: 2 } }), solved("b")]),
    make([solved("a", { group: "g" }), solved("b")]),
    make([solved("a", { at: "2026-01-01" }), solved("b")]),
    make([solved("a"), solved("b")], [failure("a")]),
    make([solved("a"), solved("b")], [failure("a", { mistake: { share: 9 } })]),
  ];
  assert.equal(new Set([base, ...others].map(({ digest }) => digest)).size, others.length + 1);
});

Deno.test("corpusOf() changes nothing that it is given", () => {
  make(deepFreeze([solved("a")]), deepFreeze([failure("a"), failure("b")]));
});
