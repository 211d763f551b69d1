import { canonicalValue, likeness } from "@lib/signature/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";

const points = { by: "percent" } as const;

Deno.test("percent takes a difference of at most 2 points for the same, or what is declared", () => {
  assert.equal(likeness(32, 30, points).score, 1);
  assert.equal(likeness(32.01, 30, points).score, 0);
  assert.equal(likeness(28, 30, points).score, 1);
  assert.equal(likeness(31, 30, { by: "percent", abs: 0 }).score, 0);
  assert.equal(likeness(35, 30, { by: "percent", abs: 5 }).score, 1);
});

Deno.test("percent calls a share in place of points, and points x100, a unit error", () => {
  for (
    const [predicted, expected] of [[0.3, 30], [0.31, 30], [3000, 30], [1, 100], [0.025, 2.5], [-0.3, -30]]
  ) {
    assert.deepEqual(likeness(predicted, expected, points), { score: 0, fault: "unit_error" });
  }
});

Deno.test("percent does not call a plainly wrong value a unit error", () => {
  for (const [predicted, expected] of [[0.5, 30], [3, 30], [300, 30], [0, 30], [-0.3, 30], [0.9, 30]]) {
    assert.deepEqual(likeness(predicted, expected, points), { score: 0 });
  }
});

Deno.test("percent knows no unit error of 0: every share of it is 0 too", () => {
  assert.deepEqual(likeness(0, 0, points), { score: 1 });
  assert.deepEqual(likeness(50, 0, points), { score: 0 });
  assert.deepEqual(likeness(0.01, 0, points), { score: 1 });
});

Deno.test("percent shrinks the tolerance of a unit error with small values, so that not all of them look alike", () => {
  assert.deepEqual(likeness(0.03, 3, points), { score: 0, fault: "unit_error" });
  assert.deepEqual(likeness(0.015, 3, points), { score: 0 }); // 1.5 points is no 3 points, although within 2
  assert.deepEqual(likeness(100, 1, { by: "percent", abs: 2 }), { score: 0, fault: "unit_error" });
  assert.deepEqual(likeness(290, 1, { by: "percent", abs: 2 }), { score: 0 });
});

Deno.test("percent tells a share of less than the tolerance from its points only when the tolerance is smaller", () => {
  assert.equal(likeness(0.02, 2, points).score, 1); // within 2 points: declare a smaller `abs` for small values
  assert.equal(likeness(0.02, 2, { by: "percent", abs: 0.5 }).fault, "unit_error");
});

Deno.test("percent reads both sides with a percent sign, which scales nothing", () => {
  assert.equal(likeness("31%", "30 %", points).score, 1);
  assert.equal(likeness(0.3, "30%", points).fault, "unit_error");
  assert.equal(canonicalValue("30%", points), canonicalValue(30, points));
});

Deno.test("percent calls every share of a truth of 3 to 100 points a unit error, and never the truth itself", () => {
  fc.assert(fc.property(fc.integer({ min: 30, max: 1000 }), (tenths) => {
    const expected = tenths / 10;
    assert.equal(likeness(expected / 100, expected, points).fault, "unit_error");
    assert.deepEqual(likeness(expected, expected, points), { score: 1 });
  }));
});
