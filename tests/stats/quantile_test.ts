import { quantile } from "@lib/stats/mod.ts";
import assert from "node:assert/strict";

// R: quantile(c(2, 4, 4, 5, 9, 12), p, type = 7); numpy.quantile gives the same
for (
  const [probability, value] of [[0, 2], [0.25, 4], [0.5, 4.5], [0.75, 8], [0.9, 10.5], [0.95, 11.25], [
    1,
    12,
  ]]
) {
  Deno.test(`quantile() uses the R-7 method: ${value} at ${probability} of six values`, () => {
    assert(Math.abs(quantile(Object.freeze([2, 4, 4, 5, 9, 12]), probability!) - value!) < 1e-12);
  });
}

Deno.test("quantile() is the value itself when there is one", () => {
  for (const probability of [0, 0.3, 1]) assert.equal(quantile([7], probability), 7);
});

for (
  const [values, probability] of [[[], 0.5], [[1], -0.1], [[1], 1.1], [[1], NaN]] as [number[], number][]
) {
  Deno.test(`quantile() throws a RangeError when asked for ${probability} of [${values}]`, () => {
    assert.throws(() => quantile(values, probability), RangeError);
  });
}
