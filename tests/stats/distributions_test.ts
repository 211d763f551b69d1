import { betaCdf, binomialCdf, tQuantile } from "@lib/stats/mod.ts";
import assert from "node:assert/strict";

const near = (found: number, expected: number, tolerance = 1e-6) =>
  assert(Math.abs(found - expected) < tolerance, `${found} is not ${expected}`);

Deno.test("tQuantile() gives the quantiles of R qt", () => {
  near(tQuantile(0.975, 5), 2.5705818356);
  near(tQuantile(0.975, 1), 12.7062047362, 1e-5);
  near(tQuantile(0.5, 7), 0);
  near(tQuantile(0.025, 5), -2.5705818356);
});

Deno.test("betaCdf() of whole shapes is a binomial tail", () => {
  // I(x; a, b) = P(Bin(a + b - 1, x) >= a)
  for (const [a, b, x] of [[4, 1, 0.5], [8, 3, 0.5], [2, 5, 0.3]] as const) {
    near(betaCdf(x, a, b), 1 - binomialCdf(a - 1, a + b - 1, x), 1e-9);
  }
});

Deno.test("betaCdf() is 0 at 0, 1 at 1, and the identity for two shapes of 1", () => {
  assert.equal(betaCdf(0, 2, 3), 0);
  assert.equal(betaCdf(1, 2, 3), 1);
  near(betaCdf(0.3, 1, 1), 0.3, 1e-12);
});

Deno.test("binomialCdf() sums the probabilities of up to k successes", () => {
  near(binomialCdf(2, 9, 0.5), 46 / 512, 1e-12);
  assert.equal(binomialCdf(-1, 9, 0.5), 0);
  assert.equal(binomialCdf(9, 9, 0.5), 1);
  assert.equal(binomialCdf(0, 0, 0.5), 1);
});

for (
  const [name, call] of [
    ["betaCdf(1.1, 1, 1)", () => betaCdf(1.1, 1, 1)],
    ["betaCdf(0.5, 0, 1)", () => betaCdf(0.5, 0, 1)],
    ["tQuantile(1, 5)", () => tQuantile(1, 5)],
    ["tQuantile(0.9, 0)", () => tQuantile(0.9, 0)],
    ["binomialCdf(1, 1.5, 0.5)", () => binomialCdf(1, 1.5, 0.5)],
    ["binomialCdf(1, 2, 2)", () => binomialCdf(1, 2, 2)],
  ] as const
) {
  Deno.test(`${name} throws a RangeError`, () => {
    assert.throws(call, RangeError);
  });
}
