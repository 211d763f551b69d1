import { clusteredInterval, scoreInterval, wilsonInterval, Z_95 } from "@lib/stats/mod.ts";
import assert from "node:assert/strict";

const of = (...clusters: [passed: number, total: number][]) =>
  clusters.map(([passed, total]) => ({ passed, total }));

Deno.test("clusteredInterval() gives the standard error of statsmodels and R sandwich with C/(C-1) when clusters differ in size", () => {
  // clusters 1,1,1,2,2,2,3,3,4,4,5,5 with scores 1,1,0,0,0,1,1,1,0,1,0,0: SE .147314, naive .150756 (n - 1)
  const { rate, effectiveN, interval } = clusteredInterval(of([2, 3], [1, 3], [2, 2], [1, 2], [0, 2]));
  assert.equal(rate, 0.5);
  const standardError = Math.sqrt(rate * (1 - rate) / effectiveN);
  assert(Math.abs(standardError - 0.147314) < 5e-7, `is ${standardError}`);
  assert.deepEqual(interval, scoreInterval(0.5, effectiveN, Z_95));
});

Deno.test("clusteredInterval() counts repeats that always agree once", () => {
  const once = clusteredInterval(of([1, 1], [0, 1], [1, 1], [1, 1], [0, 1]));
  const often = clusteredInterval(of([9, 9], [0, 9], [9, 9], [9, 9], [0, 9]));
  assert.equal(often.effectiveN, 5);
  assert.deepEqual(often.interval, once.interval);
  assert.deepEqual(often.interval, wilsonInterval(3, 5));
});

Deno.test("clusteredInterval() is Wilson's interval when every cluster has one item", () => {
  const { effectiveN, interval } = clusteredInterval(
    of(...Array.from({ length: 40 }, (_, index): [number, number] => [index < 30 ? 1 : 0, 1])),
  );
  assert.equal(effectiveN, 40);
  assert.deepEqual(interval, wilsonInterval(30, 40));
});

Deno.test("clusteredInterval() takes the number of clusters when all pass, none passes, or there is one cluster", () => {
  assert.equal(clusteredInterval(of([5, 5], [5, 5])).effectiveN, 2);
  assert.equal(clusteredInterval(of([0, 5], [0, 5], [0, 5])).effectiveN, 3);
  assert.equal(
    clusteredInterval(of([10, 20])).effectiveN,
    1,
    "twenty repeats of one case tell nothing of other cases",
  );
  assert.deepEqual(clusteredInterval(of([10, 20])).interval, scoreInterval(0.5, 1, Z_95));
});

Deno.test("clusteredInterval() never claims more than the items, nor less than the clusters", () => {
  assert.equal(clusteredInterval(of([1, 2], [1, 2], [1, 2])).effectiveN, 6, "repeats that spread evenly");
  const alike = clusteredInterval(of([9, 10], [0, 10], [10, 10], [0, 10]));
  assert(alike.effectiveN >= 4 && alike.effectiveN < 5, `is ${alike.effectiveN}`);
});

Deno.test("clusteredInterval() leaves its argument as it is", () => {
  const clusters = Object.freeze(of([1, 2], [2, 2]).map((cluster) => Object.freeze(cluster)));
  assert.deepEqual(clusteredInterval(clusters), clusteredInterval(clusters));
});

for (const bad of [of(), of([0, 0]), of([3, 2]), of([-1, 2]), of([1, NaN]), of([NaN, 2])]) {
  Deno.test(`clusteredInterval() throws a RangeError when given ${JSON.stringify(bad)}`, () => {
    assert.throws(() => clusteredInterval(bad), RangeError);
  });
}
