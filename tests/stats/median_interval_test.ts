import { medianInterval } from "@lib/stats/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";

const upTo = (n: number) => Array.from({ length: n }, (_, index) => index + 1);

for (
  const [n, ranks, coverage] of [
    [6, [1, 6], ".9688"],
    [9, [2, 8], ".9609"],
    [15, [4, 12], ".9648"],
    [20, [6, 15], ".9586"],
  ] as const
) {
  Deno.test(`medianInterval() of ${n} values is from rank ${ranks[0]} to ${ranks[1]}, coverage ${coverage}`, () => {
    const found = medianInterval(Object.freeze(upTo(n).reverse()));
    assert.deepEqual(found?.ranks, ranks);
    assert.deepEqual(found?.interval, ranks);
    assert.equal(found?.coverage.toFixed(4), `0${coverage}`);
  });
}

Deno.test("medianInterval() is undefined when fewer than six values are asked for 95%", () => {
  for (const n of [0, 1, 5]) assert.equal(medianInterval(upTo(n)), undefined);
});

Deno.test("medianInterval() is possible with five values at 90%", () => {
  assert.deepEqual(medianInterval(upTo(5), { confidence: 0.9 })?.ranks, [1, 5]);
});

Deno.test("medianInterval() covers at least what was asked, and one rank less would not", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.double({ min: 0.5, max: 0.99, noNaN: true }),
      (n, confidence) => {
        const found = medianInterval(upTo(n), { confidence });
        if (!found) return;
        const [low, high] = found.ranks;
        assert(found.coverage >= confidence - 1e-12);
        assert.equal(low + high, n + 1);
      },
    ),
  );
});

for (const confidence of [0, 1, NaN]) {
  Deno.test(`medianInterval() throws a RangeError when asked for a confidence of ${confidence}`, () => {
    assert.throws(() => medianInterval([1, 2, 3], { confidence }), RangeError);
  });
}
