import { type Case, coverageReport } from "@lib/dataset/mod.ts";
import { signature } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { z } from "zod";

const Sum = signature({
  name: "sum",
  instructions: "",
  input: { text: z.string() },
  output: { total: z.number(), unit: z.string().nullable() },
});

const caseOf = (n: number, more: Partial<Case> = {}): Case => ({
  id: `c${n}`,
  input: { text: "x".repeat(n) },
  expected: { total: n, unit: n % 2 ? "kg" : null },
  coverage: "common",
  split: "test",
  origin: "authored",
  line: n + 1,
  ...more,
});

const report = (cases: Case[]) =>
  // the cases fit the signature
  coverageReport(
    { path: "cases.csv", digest: "", cases } as unknown as Parameters<
      typeof coverageReport<unknown, unknown>
    >[0],
    Sum,
  );

Deno.test("coverageReport() counts every class and split, empty ones as 0", () => {
  const { cases, coverage, split } = report([
    caseOf(1),
    caseOf(2, { coverage: "edge", split: "train" }),
    caseOf(3),
  ]);
  assert.equal(cases, 3);
  assert.deepEqual(coverage, { common: 2, edge: 1, boundary: 0 });
  assert.deepEqual(split, { train: 1, dev: 0, test: 2 });
});

Deno.test("coverageReport() shows the twelve most frequent values and sums up the rest, so that they add up to the cases", () => {
  const cases = Array.from({ length: 20 }, (_, index) => caseOf(index + 1));
  const { values } = report(cases);
  assert.deepEqual(values.unit, { kg: 10, null: 10 });
  assert.equal(Object.keys(values.total ?? {}).length, 13);
  assert.equal(values.total?.["other values"], 8);
  assert.equal(Object.values(values.total ?? {}).reduce((sum, count) => sum + count, 0), 20);
});

Deno.test("coverageReport() gives the shortest, median and longest input in characters", () => {
  assert.deepEqual(report([caseOf(10), caseOf(1), caseOf(4)]).inputCharacters, [1, 4, 10]);
});
