import { median } from "@lib/aggregate/mod.ts";
import type { CompareOptions } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { decide, isStable, stating, valueOf } from "./_samples.ts";

const PERCENT: CompareOptions = { by: "percent" };
const GRAMS: CompareOptions = { by: "number", abs: 5, unitFactors: [1000] };
const of = (compare: CompareOptions, ...values: unknown[]) => decide(median(), compare, stating(...values));

Deno.test("a share among percentages becomes points", () => {
  const verdict = of(PERCENT, 30, 0.3, 31, 30);
  assert.equal(valueOf(verdict), 30);
  assert.deepEqual(verdict.repairs, [{ sample: 1, stated: 0.3, value: 30 }]);
  assert.equal(verdict.share, 1);
  assert.deepEqual(verdict.flags, []);
});

Deno.test("a minority x100 above the percentages is scaled down", () => {
  const verdict = of(PERCENT, 30, 3000, 31);
  assert.deepEqual(verdict.repairs, [{ sample: 1, stated: 3000, value: 30 }]);
});

Deno.test("only numbers up to one can be shares, whatever the field's largest value", () => {
  assert.equal(valueOf(of(PERCENT, 30, 3000, 30)), 30);
});

Deno.test("a tolerance given to median() keeps the units of the field", () => {
  const verdict = decide(
    median({ within: 2 }),
    { by: "number", unitFactors: [1000] },
    stating(500, 0.501, 501),
  );
  assert.deepEqual(verdict.repairs, [{ sample: 1, stated: 0.501, value: 501 }]);
});

Deno.test("a repaired number is free of rounding noise", () => {
  assert.deepEqual(of(PERCENT, 7, 0.07, 7).repairs, [{ sample: 1, stated: 0.07, value: 7 }]);
});

Deno.test("points are right even where shares are in the majority, but that is reported and not stable", () => {
  const verdict = of(PERCENT, 0.3, 0.3, 30, 0.31);
  assert.equal(valueOf(verdict), 30);
  assert.equal(verdict.repairs?.length, 3);
  assert.deepEqual(verdict.flags, ["unit_ambiguous"]);
  assert.equal(verdict.share, 1);
  assert.equal(isStable(verdict), false);
});

Deno.test("as many points as shares settle it", () => {
  const verdict = of(PERCENT, 0.3, 30, 0.31, 30);
  assert.equal(valueOf(verdict), 30);
  assert.equal(isStable(verdict), true);
});

Deno.test("small percentages alone stay as they are: nobody says otherwise", () => {
  const verdict = of(PERCENT, 0.5, 0.5, 0.4);
  assert.equal(valueOf(verdict), 0.5);
  assert.equal(verdict.repairs, undefined);
});

Deno.test("a small percentage is not made the share of an outlier that is something else", () => {
  const verdict = of(PERCENT, 0.9, 0.9, 0.9, 40);
  assert.equal(valueOf(verdict), 0.9);
  assert.equal(verdict.repairs, undefined);
});

Deno.test("zero is in no unit", () => {
  assert.equal(of(PERCENT, 0, 30, 30, 0).repairs, undefined);
});

Deno.test("numbers are rescaled against the majority by the factors that the field declares, both ways", () => {
  assert.deepEqual(of(GRAMS, 500, 0.5, 501).repairs, [{ sample: 1, stated: 0.5, value: 500 }]);
  assert.deepEqual(of(GRAMS, 0.5, 500, 0.5).repairs, [{ sample: 1, stated: 500, value: 0.5 }]);
});

Deno.test("as many numbers in each unit stay as they are, and the unit is called ambiguous", () => {
  const verdict = of(GRAMS, 500, 7000, 500, 7, 7000, 7);
  assert.equal(verdict.repairs, undefined);
  assert.equal(verdict.status, "unresolved");
  assert.deepEqual(of(GRAMS, 500, 0.5).flags, ["tie", "unit_ambiguous"]);
});

for (const factor of [100, 1000]) {
  Deno.test(`numbers x${factor} apart are only flagged where the field declares no unit`, () => {
    const verdict = of({ by: "number", abs: 1 }, 12, 12, 12 * factor, 12);
    assert.equal(valueOf(verdict), 12);
    assert.deepEqual(verdict.flags, ["unit_ambiguous"]);
    assert.equal(verdict.repairs, undefined);
    assert.equal(verdict.share, 0.75);
  });
}

Deno.test("numbers that are merely far apart are not called ambiguous", () => {
  assert.deepEqual(of({ by: "number", abs: 1 }, 12, 12, 500, 12).flags, []);
});

Deno.test("a repaired number does not count as sampled where whole numbers are kept", () => {
  assert.equal(valueOf(of({ by: "number", abs: 9, unitFactors: [1000] }, 500, 504, 0.502)), 500);
});
