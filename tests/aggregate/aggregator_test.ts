import {
  type Aggregator,
  defaultAggregator,
  type FieldSample,
  leadingValue,
  majority,
  median,
  medoid,
  members,
  parts,
} from "@lib/aggregate/mod.ts";
import { canonicalJson } from "@lib/io/mod.ts";
import { COMPARATORS, type CompareOptions, percent, signature } from "@lib/signature/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";
import { z } from "zod";
import { ABSTAINED, decide, FAILED, stating } from "./_samples.ts";

const AGGREGATORS: readonly Aggregator[] = [majority(), median(), medoid(), members(), parts()];
const COMPARES: readonly CompareOptions[] = [
  { by: "exact" },
  { by: "enum" },
  { by: "text" },
  { by: "date" },
  { by: "number", abs: 1 },
  { by: "percent" },
  { by: "set" },
  { by: "list", of: { by: "percent" } },
  { by: "objects", fields: { a: { by: "number" }, b: { by: "text" } } },
];

const scalar = fc.oneof(
  fc.constant(null),
  fc.constantFrom("A", "B", "0.5", ".50", "1/2", "50 %", "between 10 and 12", "", "null"),
  fc.integer({ min: -3, max: 3 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(Number.MAX_VALUE, -Number.MAX_VALUE, 1e300, -1e300),
);
const value = fc.oneof(
  scalar,
  fc.array(scalar, { maxLength: 3 }),
  fc.record({ a: scalar, b: scalar }),
  fc.array(fc.record({ a: scalar, b: scalar }), { maxLength: 3 }),
);
const sample: fc.Arbitrary<FieldSample> = fc.oneof(
  { weight: 8, arbitrary: value.map((value) => ({ status: "ok" as const, value })) },
  { weight: 1, arbitrary: fc.constantFrom(ABSTAINED, FAILED) },
);

for (const aggregator of AGGREGATORS) {
  Deno.test(`${aggregator.name}() makes plain data of any samples of any field, the same each time`, () => {
    const samples = fc.array(sample, { minLength: 1, maxLength: 7 });
    fc.assert(fc.property(samples, fc.constantFrom(...COMPARES), (given, compare) => {
      const before = JSON.stringify(given);
      const verdict = decide(aggregator, compare, given);
      assert.equal(JSON.stringify(given), before, "the samples are left as they are");
      assert.equal(canonicalJson(JSON.parse(canonicalJson(verdict))), canonicalJson(verdict));
      assert.equal(canonicalJson(decide(aggregator, compare, given)), canonicalJson(verdict));
      assert.equal(verdict.n + verdict.abstained + verdict.failed, given.length);
      assert(verdict.share >= 0 && verdict.share <= 1, `share ${verdict.share}`);
      assert.equal(verdict.votes.reduce((sum, { count }) => sum + count, 0), verdict.n);
      if (verdict.status === "ok") assert.equal(typeof verdict.stable, "boolean");
    }));
  });

  Deno.test(`${aggregator.name}() gives the value itself when all samples state the same`, () => {
    for (
      const [compare, same] of [[{ by: "exact" }, "A"], [{ by: "percent" }, 12.5], [{ by: "set" }, [
        "a",
      ]]] as const
    ) {
      if (aggregator.name === "members" && compare.by !== "set") continue;
      const verdict = decide(aggregator, compare, stating(same, same, same));
      assert.deepEqual(leadingValue(verdict), same);
      assert.equal(verdict.share, 1);
      assert(verdict.status === "ok" && verdict.stable);
    }
  });

  Deno.test(`${aggregator.name}() describes itself as data under its name`, () => {
    assert.equal(aggregator.describe().name, aggregator.name);
    assert.equal(canonicalJson(aggregator.describe()), canonicalJson(aggregator.describe()));
  });
}

Deno.test("defaultAggregator() knows one for every comparator", () => {
  const names = Object.keys(COMPARATORS) as CompareOptions["by"][];
  assert(names.length >= 9);
  const of = (by: string) => defaultAggregator({ by, fields: {} } as unknown as CompareOptions).name;
  assert.deepEqual(Object.fromEntries(names.map((name) => [name, of(name)])), {
    date: "majority",
    enum: "majority",
    exact: "majority",
    judge: "medoid",
    list: "parts",
    number: "median",
    objects: "parts",
    percent: "median",
    set: "members",
    text: "medoid",
  });
});

Deno.test("defaultAggregator() gives every field of a signature a value that its schema takes", () => {
  const Refund = signature({
    name: "refund",
    instructions: "",
    input: { ticket: z.string() },
    output: {
      reason: z.enum(["late", "broken"]),
      share: percent(),
      days: z.int(),
      lines: z.array(z.object({ item: z.string(), count: z.int() })),
    },
  });
  const outputs = [
    { reason: "late", share: 30, days: 3, lines: [{ item: "tea", count: 2 }] },
    { reason: "late", share: 0.3, days: 4, lines: [{ item: "tea", count: 1 }] },
    { reason: "broken", share: 31.5, days: 4, lines: [] },
    { reason: "late", share: 30, days: 4, lines: [{ item: "tea", count: 2 }, { item: "milk", count: 1 }] },
  ];
  const output = Object.fromEntries(Refund.output.map((field) => {
    const samples = outputs.map((output) => ({
      status: "ok" as const,
      value: Reflect.get(output, field.name),
    }));
    return [field.name, leadingValue(defaultAggregator(field.compare).aggregate(samples, field))];
  }));
  assert.deepEqual(Refund.outputSchema.parse(output), {
    reason: "late",
    share: 30,
    days: 4,
    lines: [{ item: "tea", count: 2 }],
  });
});

Deno.test("an aggregator of one's own is an object with three members", () => {
  const lastWord: Aggregator = {
    name: "lastWord",
    describe: () => ({ name: "lastWord" }),
    aggregate: (samples, field) => majority().aggregate(samples.slice(-1), field),
  };
  const verdict = decide(parts({ fields: { a: lastWord } }), {
    by: "objects",
    fields: { a: { by: "exact" } },
  }, [
    ...stating({ a: 1 }, { a: 1 }, { a: 2 }),
  ]);
  assert.deepEqual(leadingValue(verdict), { a: 2 });
});
