import { type FieldVerdict, leadingValue, majority, median, members, parts } from "@lib/aggregate/mod.ts";
import type { CompareOptions } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { ABSTAINED, decide, isStable, stating, valueOf } from "./_samples.ts";

const SET: CompareOptions = { by: "set" };
const inSet = (...values: unknown[]) => decide(members(), SET, stating(...values));

Deno.test("members() keeps what more than half of the samples name, most named first, as first written", () => {
  const verdict = inSet(["blue", "Red"], ["red", "green"], ["red", "blue"]);
  assert.deepEqual(valueOf(verdict), ["Red", "blue"]);
  assert.equal(verdict.share, 2 / 3);
  assert.deepEqual(verdict.flags, []);
});

Deno.test("members() counts a member that a sample repeats once", () => {
  assert.deepEqual(valueOf(inSet(["a", "A", "a"], ["b"], ["b", "c"])), ["b"]);
});

Deno.test("members() leaves out a member that exactly half name, and flags it", () => {
  const verdict = inSet(["a", "b"], ["a"]);
  assert.deepEqual(valueOf(verdict), ["a"]);
  assert.deepEqual(verdict.flags, ["tie"]);
  assert.equal(isStable(verdict), false);
});

Deno.test("members() tells no set from an empty one", () => {
  assert.equal(valueOf(inSet(null, null, [])), null);
  assert.deepEqual(valueOf(inSet(null, [], [])), []);
  const tie = inSet(null, ["a"]);
  assert.equal(valueOf(tie), null);
  assert.deepEqual(tie.flags, ["tie"]);
  const other = inSet(["a"], null);
  assert.deepEqual(valueOf(other), ["a"]);
  assert.deepEqual(other.flags, ["tie"]);
});

Deno.test("members() counts spellings of one number as one member", () => {
  const verdict = decide(
    members(),
    { by: "set", of: { by: "number" } },
    stating(["0.5"], [".50", 7], ["1/2"]),
  );
  assert.deepEqual(valueOf(verdict), ["0.5"]);
});

const LIST: CompareOptions = { by: "list", of: { by: "exact" } };

Deno.test("parts() of ordered lists votes on the length first, so that a missing member shifts nothing", () => {
  const verdict = decide(
    parts(),
    LIST,
    stating(["a", "b", "c"], ["b", "c"], ["a", "x", "c"], ["a", "b", "c"]),
  );
  assert.deepEqual(valueOf(verdict), ["a", "b", "c"]);
  assert.equal(verdict.share, 2 / 3, "two of the three lists of that length have b");
  assert.deepEqual(Object.keys(verdict.parts ?? {}), ["0", "1", "2"]);
});

Deno.test("parts() of ordered lists agree no better than on their length", () => {
  assert.equal(decide(parts(), LIST, stating(["a"], ["a", "b"], ["a"])).share, 2 / 3);
});

Deno.test("parts() of ordered lists flags a tie of lengths and takes the one sampled first", () => {
  const verdict = decide(parts(), LIST, stating(["a"], ["a", "b"]));
  assert.deepEqual(valueOf(verdict), ["a"]);
  assert.deepEqual(verdict.flags, ["tie"]);
});

const ADDRESS: CompareOptions = {
  by: "objects",
  fields: { city: { by: "enum" }, share: { by: "percent" }, tags: { by: "set" } },
};

Deno.test("parts() of an object gives each field its own aggregator", () => {
  const verdict = decide(
    parts(),
    ADDRESS,
    stating(
      { city: "Rome", share: 30, tags: ["a", "b"] },
      { city: "rome", share: 0.31, tags: ["b"] },
      { city: "Oslo", share: 31, tags: ["b", "c"] },
    ),
  );
  assert.deepEqual(valueOf(verdict), { city: "Rome", share: 31, tags: ["b"] });
  const { city, share, tags } = verdict.parts ?? {};
  assert.equal(city?.share, 2 / 3);
  assert.deepEqual(share?.repairs, [{ sample: 1, stated: 0.31, value: 31 }]);
  assert.equal(tags?.status, "ok");
  assert.equal(verdict.share, 2 / 3, "as certain as the least certain part");
});

Deno.test("parts() is unresolved when a part is, and passes the leading value on", () => {
  const verdict = decide(
    parts(),
    ADDRESS,
    stating(...[10, 50, 90].map((share) => ({ city: "Rome", share, tags: [] }))),
  );
  assert.equal(verdict.status, "unresolved");
  assert.deepEqual(leadingValue(verdict), { city: "Rome", share: 10, tags: [] });
});

Deno.test("parts() is not stable when a part is not", () => {
  const compare: CompareOptions = { by: "objects", fields: { a: { by: "enum" } } };
  assert.equal(isStable(decide(parts(), compare, stating({ a: "x" }, { a: "x" }, { a: "y" }))), true);
  assert.equal(isStable(decide(parts(), compare, stating({ a: "x" }, { a: "y" }))), false);
  const shares: CompareOptions = { by: "objects", fields: { share: { by: "percent" } } };
  const verdict = decide(parts(), shares, stating({ share: 0.3 }, { share: 0.31 }, { share: 30 }));
  assert.equal(verdict.share, 1);
  assert.deepEqual(verdict.flags, ["unit_ambiguous"]);
  assert.equal(isStable(verdict), false);
});

Deno.test("parts() uses the aggregators that are named, and describes them", () => {
  const compare: CompareOptions = { by: "objects", fields: { size: { by: "number" } } };
  const aggregator = parts({ fields: { size: median({ within: 5 }) } });
  const verdict = decide(aggregator, compare, stating({ size: 10.5 }, { size: 12.5 }, { size: 14 }));
  assert.deepEqual(valueOf(verdict), { size: 12.5 });
  assert.deepEqual(aggregator.describe(), {
    name: "parts",
    minShare: 0.6,
    fields: { size: { name: "median", minShare: 0.6, within: 5 } },
  });
});

const LINES: CompareOptions = { by: "objects", fields: { item: { by: "text" }, count: { by: "number" } } };
const line = (item: string, count: number, note = "") => ({ item, count, note });

Deno.test("parts() of lists of objects matches rows in any order, keeps those that most samples have, and votes in each", () => {
  const verdict = decide(
    parts(),
    LINES,
    stating(
      [line("tea", 2), line("milk", 1)],
      [line("milk", 1), line("tea", 3), line("salt", 9)],
      [line("Tea", 2), line("milk", 1)],
    ),
  );
  assert.deepEqual(valueOf(verdict), [line("tea", 2), line("milk", 1)]);
  assert.deepEqual(Object.keys(verdict.parts ?? {}), ["0.item", "0.count", "1.item", "1.count"]);
  assert.equal(verdict.parts?.["0.count"]?.share, 2 / 3);
});

Deno.test("parts() keeps a row that most samples have though the most central one lacks it", () => {
  const [a, b, c] = [line("aa", 1), line("bb", 2), line("cc", 3)];
  const verdict = decide(parts(), LINES, stating([a, b], [a, c], [b, c]));
  assert.deepEqual(valueOf(verdict), [a, b, c]);
});

Deno.test("parts() leaves out a row that exactly half of the samples have, and flags it", () => {
  const verdict = decide(parts(), LINES, stating([line("tea", 1), line("milk", 2)], [line("tea", 1)]));
  assert.deepEqual(valueOf(verdict), [line("tea", 1)]);
  assert.deepEqual(verdict.flags, ["tie"]);
});

Deno.test("parts() takes what is not compared from the most central sample", () => {
  const verdict = decide(
    parts(),
    LINES,
    stating(line("salt", 5, "odd"), line("tea", 2, "kept"), line("tea", 2, "other")),
  );
  assert.deepEqual(valueOf(verdict), line("tea", 2, "kept"));
});

Deno.test("parts() of lists without a common row is the empty list, agreed on by the least share", () => {
  const verdict = decide(parts(), LINES, stating([line("aa", 1)], [line("bb", 2)], [line("cc", 3)]));
  assert.deepEqual(valueOf(verdict), []);
  assert.equal(verdict.share, 2 / 3);
});

Deno.test("parts() lets null compete, counts abstentions, and refuses an empty list of samples", () => {
  assert.equal(valueOf(decide(parts(), LINES, stating(null, null, [line("tea", 1)]))), null);
  const silent: FieldVerdict = decide(parts(), LINES, [ABSTAINED]);
  assert.equal(silent.status, "unresolved");
  for (const aggregator of [parts(), members()]) {
    assert.throws(() => decide(aggregator, LINES, []), RangeError);
    assert.equal(decide(aggregator, LINES, [ABSTAINED]).status, "unresolved");
  }
});

Deno.test("parts() of a value of another kind is a vote on the whole", () => {
  const samples = stating("A", "B", "A");
  assert.deepEqual(decide(parts(), { by: "enum" }, samples), decide(majority(), { by: "enum" }, samples));
});
