import { accuracyGate, type CellSummary } from "@lib/experiment/mod.ts";
import assert from "node:assert/strict";

const cell = (low: number, high: number) =>
  ({ id: "c", accuracy: { interval: [low, high] } }) as unknown as CellSummary;

const VERDICTS = [
  [0.81, 0.95, "pass"],
  [0.8, 0.95, "pass"],
  [0.79, 0.95, "inconclusive"],
  [0.6, 0.8, "inconclusive"],
  [0.6, 0.79, "fail"],
] as const;
for (const [low, high, verdict] of VERDICTS) {
  Deno.test(`accuracyGate() says ${verdict} at 0.8 when the interval is ${low} to ${high}`, () => {
    assert.deepEqual(accuracyGate([cell(low, high)], 0.8), [{ cell: "c", verdict }]);
  });
}

Deno.test("accuracyGate() passes everything at 0, and nothing below certainty at 1", () => {
  assert.equal(accuracyGate([cell(0, 0.1)], 0)[0]?.verdict, "pass");
  assert.equal(accuracyGate([cell(0.99, 1)], 1)[0]?.verdict, "inconclusive");
});
