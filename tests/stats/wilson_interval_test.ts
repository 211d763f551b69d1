import { scoreInterval, wilsonInterval, Z_95 } from "@lib/stats/mod.ts";
import assert from "node:assert/strict";

// the last three: Newcombe 1998, Statistics in Medicine 17:857, table I; all = R prop.test(correct = FALSE)
const KNOWN: [passed: number, total: number, low: number, high: number][] = [
  [17, 20, 0.639581, 0.947631],
  [20, 20, 0.838875, 1],
  [0, 20, 0, 0.161125],
  [81, 263, 0.255289, 0.366210],
  [15, 148, 0.062386, 0.160487],
  [1, 29, 0.006113, 0.171755],
];

for (const [passed, total, low, high] of KNOWN) {
  Deno.test(`wilsonInterval() gives [${low}, ${high}] when ${passed} of ${total} pass`, () => {
    const interval = wilsonInterval(passed, total);
    assert(Math.abs(interval[0] - low) < 5e-7, `low is ${interval[0]}`);
    assert(Math.abs(interval[1] - high) < 5e-7, `high is ${interval[1]}`);
  });
}

Deno.test("wilsonInterval() stays inside 0..1, covers the rate and mirrors when passes and failures change places", () => {
  for (const total of [1, 2, 7, 30, 1000]) {
    for (let passed = 0; passed <= total; passed += Math.ceil(total / 7)) {
      const [low, high] = wilsonInterval(passed, total);
      assert(0 <= low && low <= passed / total && passed / total <= high && high <= 1);
      const [mirrored] = wilsonInterval(total - passed, total);
      assert(Math.abs(mirrored - (1 - high)) < 1e-12);
    }
  }
});

Deno.test("wilsonInterval() is exactly 0 or 1 at its end when none or all pass", () => {
  assert.equal(wilsonInterval(0, 3)[0], 0);
  assert.equal(wilsonInterval(3, 3)[1], 1);
});

Deno.test("wilsonInterval() is wider at 99% than at 95%, which is the default", () => {
  const [low, high] = wilsonInterval(17, 20, { z: 2.5758293035489 });
  const [low95, high95] = wilsonInterval(17, 20, { z: Z_95 });
  assert(low < low95 && high > high95);
  assert.deepEqual(wilsonInterval(17, 20), [low95, high95]);
});

Deno.test("scoreInterval() is Wilson's interval when n is whole, and lies between its neighbours when it is not", () => {
  assert.deepEqual(scoreInterval(0.5, 20, Z_95), wilsonInterval(10, 20));
  const width = (n: number) => scoreInterval(0.5, n, Z_95)[1] - scoreInterval(0.5, n, Z_95)[0];
  assert(width(21) < width(20.5) && width(20.5) < width(20));
});

for (
  const [passed, total] of [[-1, 3], [4, 3], [1.5, 3], [NaN, 3], [0, 0], [0, -1], [1, 2.5], [0, Infinity]]
) {
  Deno.test(`wilsonInterval() throws a RangeError when asked for ${passed} of ${total}`, () => {
    assert.throws(() => wilsonInterval(passed!, total!), RangeError);
  });
}
