import { hodgesLehmann, huberMean, median, robustCv, scaledMad, trimmedMean } from "@lib/stats/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";

const mean = (values: readonly number[]) => trimmedMean(values, 0);

/** Seven samples of a percentage: one as a share of one, one grossly wrong. */
const SAMPLES = Object.freeze([12, 12.5, 11.8, 12.2, 0.12, 12.1, 30]);

for (
  const [name, found, expected] of [
    ["median() is 12.1", median(SAMPLES), "12.100000"],
    ["scaledMad() is 1.482602 x 0.3", scaledMad(SAMPLES), "0.444781"],
    ["robustCv() is 0.036759", robustCv(SAMPLES), "0.036759"],
    ["hodgesLehmann() is 12.125", hodgesLehmann(SAMPLES), "12.125000"],
    ["trimmedMean() at 20% is 12.12", trimmedMean(SAMPLES, 0.2), "12.120000"],
    ["trimmedMean() at 0 is the mean", mean(SAMPLES), "12.960000"],
  ] as const
) {
  Deno.test(`${name} for seven samples with a unit error and an outlier`, () => {
    assert.equal(found.toFixed(6), expected);
  });
}

Deno.test("huberMean() is 12.12 for seven samples with a unit error and an outlier", () => {
  assert.equal(huberMean(SAMPLES).toFixed(2), "12.12");
});

/** Copper in wholemeal flour, 24 determinations: `MASS::chem` of R (Analytical Methods Committee 1989). */
const CHEM = Object.freeze([
  ...[2.90, 3.10, 3.40, 3.40, 3.70, 3.70, 2.80, 2.50, 2.40, 2.40, 2.70, 2.20],
  ...[5.28, 3.37, 3.03, 3.03, 28.95, 3.77, 3.40, 2.20, 3.50, 3.60, 3.70, 3.70],
]);

for (
  const [name, found, expected] of [
    ["median", median(CHEM), "3.385000"],
    ["scaledMad with the factor of R, 1.4826,", scaledMad(CHEM) * 1.4826 / 1.482602218505602, "0.526323"],
    ["trimmedMean at 10%", trimmedMean(CHEM, 0.1), "3.205000"],
    ["trimmedMean at 20%", trimmedMean(CHEM, 0.2), "3.239375"],
    ["huberMean", huberMean(CHEM), "3.206724"],
    ["hodgesLehmann", hodgesLehmann(CHEM), "3.225000"],
    ["the mean", mean(CHEM), "4.280417"],
  ] as const
) {
  Deno.test(`${name} of MASS::chem is ${expected}, as R has it`, () => {
    assert.equal(found.toFixed(6), expected);
  });
}

const ESTIMATORS = {
  median,
  hodgesLehmann,
  huberMean: (values: readonly number[]) => huberMean(values),
  trimmedMean: (values: readonly number[]) => trimmedMean(values, 0.2),
};
const sample = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 15 });

for (const [name, estimator] of Object.entries(ESTIMATORS)) {
  Deno.test(`${name}() lies within its values, moves with them, and does not depend on their order`, () => {
    fc.assert(fc.property(sample, fc.integer({ min: -100, max: 100 }), (values, shift) => {
      const centre = estimator(values);
      assert(centre >= Math.min(...values) - 1e-6 && centre <= Math.max(...values) + 1e-6);
      assert(Math.abs(estimator(values.map((value) => value + shift)) - centre - shift) < 1e-5);
      assert(Math.abs(estimator(values.toReversed()) - centre) < 1e-9);
    }));
  });

  Deno.test(`${name}() is the value itself when there is one, and throws a RangeError when there is none`, () => {
    assert.equal(estimator([7]), 7);
    assert.throws(() => estimator([]), RangeError);
  });

  Deno.test(`${name}() is not moved far by one value of nine that is wild`, () => {
    const values = [9.7, 9.8, 9.9, 10, 10, 10.1, 10.2, 10.3, 1e6];
    assert(Math.abs(estimator(values) - 10) < 0.2, `is ${estimator(values)}`);
  });
}

Deno.test("huberMean() is the median when more than half of the values are equal", () => {
  assert.equal(huberMean([5, 5, 5, 9, 100]), 5);
});

Deno.test("huberMean() with a wide k is the mean", () => {
  assert.equal(huberMean([1, 2, 3, 10], { k: 1e6 }), 4);
});

for (const share of [-0.1, 0.5, NaN]) {
  Deno.test(`trimmedMean() throws a RangeError when asked to trim ${share}`, () => {
    assert.throws(() => trimmedMean([1, 2], share), RangeError);
  });
}

Deno.test("robustCv() takes the floor as denominator when the median is near zero", () => {
  const values = [-1, 0, 0.1, 1];
  assert.equal(robustCv(values, { floor: 2 }), scaledMad(values) / 2);
  assert.equal(robustCv([0, 0, 0]), 0);
  assert.equal(robustCv([-1, 0, 1]), Infinity);
});

Deno.test("scaledMad() estimates the standard deviation of a normal distribution", () => {
  // the quartiles of the standard normal distribution stand for it
  const quartile = 0.6744897501960817;
  assert(Math.abs(scaledMad([-3, -quartile, 0, quartile, 3]) - 1) < 1e-6);
});
