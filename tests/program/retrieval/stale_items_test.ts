import { countUses, staleItems, withoutStale } from "@lib/program/mod.ts";
import { corpusOf } from "@lib/program/mod.ts";
import { wilsonInterval } from "@lib/stats/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";
import { Team } from "./_corpus.ts";

function corpusWith(dates: Readonly<Record<string, string | undefined>>) {
  const cases = Object.entries(dates).map(([id, at]) => ({
    id,
    input: { mail: id },
    expected: { team: "t" },
    ...(at !== undefined && { at }),
  }));
  return corpusOf({ signature: Team, from: "mails.csv", cases });
}

/** Predictions for which these items were shown, so many right and so many wrong. */
const records = (itemIds: string[], right: number, wrong: number) => [
  ...Array.from({ length: right }, () => ({ itemIds, correct: true })),
  ...Array.from({ length: wrong }, () => ({ itemIds, correct: false })),
];

Deno.test("countUses() counts a prediction once for each item, however often that was shown", () => {
  const uses = countUses([
    { itemIds: ["a", "b", "a"], correct: false },
    { itemIds: ["a"], correct: true },
    { itemIds: [], correct: false },
    { itemIds: ["constructor"], correct: true },
  ]);
  assert.equal(uses.total, 4);
  assert.equal(uses.wrong, 2);
  assert.deepEqual([...uses.items], [
    ["a", { used: 2, wrongWhenUsed: 1 }],
    ["b", { used: 1, wrongWhenUsed: 1 }],
    ["constructor", { used: 1, wrongWhenUsed: 0 }],
  ]);
});

Deno.test("countUses() adds up: uses that are right and wrong are those of the records", () => {
  const record = fc.record({ itemIds: fc.array(fc.constantFrom("a", "b", "c")), correct: fc.boolean() });
  fc.assert(fc.property(fc.array(record), (all) => {
    const uses = countUses(all);
    for (const id of ["a", "b", "c"] as const) {
      const shown = all.filter(({ itemIds }) => itemIds.includes(id));
      assert.equal(uses.items.get(id)?.used ?? 0, shown.length);
      assert.equal(uses.items.get(id)?.wrongWhenUsed ?? 0, shown.filter(({ correct }) => !correct).length);
    }
  }));
});

Deno.test("staleItems() names an item whose presence goes with errors, with its numerators and denominators", () => {
  const uses = countUses([...records(["good"], 60, 20), ...records(["bad"], 5, 15)]);
  const report = staleItems(corpusWith({ good: undefined, bad: undefined }), uses);
  assert.deepEqual(report.stale, ["bad"]);
  assert.deepEqual([report.total, report.wrong], [100, 35]);
  assert.deepEqual(report.items[1], {
    id: "bad",
    used: 20,
    wrongWhenUsed: 15,
    notUsed: 80,
    wrongWhenNotUsed: 20,
    errorRate: wilsonInterval(15, 20),
    verdict: "goes with errors",
  });
  assert.equal(report.items[0]?.verdict, "fresh");
});

Deno.test("staleItems() needs the lower bound above the error rate of all predictions, not the rate alone", () => {
  // 8 of 12 wrong, bounds 0.39 to 0.86, against 40 of 100
  const uses = countUses([...records(["a"], 4, 8), ...records([], 56, 32)]);
  assert(wilsonInterval(8, 12)[0] < 0.4);
  assert.deepEqual(staleItems(corpusWith({ a: undefined }), uses).stale, []);
  const more = countUses([...records(["a"], 3, 9), ...records([], 57, 31)]);
  assert(wilsonInterval(9, 12)[0] > 0.4);
  assert.deepEqual(staleItems(corpusWith({ a: undefined }), more).stale, ["a"]);
});

Deno.test("staleItems() cannot tell below the fewest uses, however many of them were wrong", () => {
  const uses = countUses([...records(["a"], 0, 9), ...records([], 91, 0)]);
  const [item] = staleItems(corpusWith({ a: undefined }), uses).items;
  assert.equal(item?.verdict, "cannot tell");
  assert.equal(item?.errorRate, undefined);
  assert.deepEqual(staleItems(corpusWith({ a: undefined }), uses, { minUses: 9 }).stale, ["a"]);
  assert.equal(staleItems(corpusWith({ b: undefined }), countUses([])).items[0]?.verdict, "cannot tell");
});

Deno.test("staleItems() names what is older than a date, and nothing that has no date", () => {
  const corpus = corpusWith({ old: "2025-12-31T23:59:59Z", edge: "2026-01-01", none: undefined });
  assert.deepEqual(staleItems(corpus, countUses([]), { olderThan: "2026-01-01" }).stale, ["old"]);
  assert.deepEqual(staleItems(corpus, countUses([])).stale, []);
});

Deno.test("staleItems() refuses a date that is none and a count that is none", () => {
  const corpus = corpusWith({ a: undefined });
  assert.throws(() => staleItems(corpus, countUses([]), { olderThan: "last year" }), /InputError: Bad date/);
  for (const minUses of [0, 1.5, Number.NaN]) {
    assert.throws(() => staleItems(corpus, countUses([]), { minUses }), RangeError);
  }
});

Deno.test("withoutStale() leaves out what a report names, which makes another corpus", () => {
  const corpus = corpusWith({ old: "2025-01-01", new: "2026-01-01" });
  const left = withoutStale(corpus, staleItems(corpus, countUses([]), { olderThan: "2026-01-01" }));
  assert.deepEqual(left.items.map(({ id }) => id), ["new"]);
  assert.notEqual(left.digest, corpus.digest);
  assert.equal(left.digest, corpusWith({ new: "2026-01-01" }).digest);
});
