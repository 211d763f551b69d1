import { tangoInterval } from "@lib/stats/mod.ts";
import assert from "node:assert/strict";

const rounded = (bounds: readonly number[]) => bounds.map((bound) => bound.toFixed(4));

Deno.test("tangoInterval() matches the intervals of Tango 1998 and Newcombe 1998", () => {
  const of = (pairs: number, onlyFirst: number, onlySecond: number) =>
    rounded(tangoInterval({ pairs, onlyFirst, onlySecond }));
  assert.deepEqual(of(21, 1, 7), ["-0.5172", "-0.0260"]);
  assert.deepEqual(of(50, 12, 2), ["0.0611", "0.3447"]);
  assert.deepEqual(of(100, 12, 4), ["0.0018", "0.1656"]);
});

Deno.test("tangoInterval() turns round when the two change places", () => {
  const [low, high] = tangoInterval({ pairs: 30, onlyFirst: 6, onlySecond: 1 });
  assert.deepEqual(
    rounded(tangoInterval({ pairs: 30, onlyFirst: 1, onlySecond: 6 })),
    rounded([-high, -low]),
  );
});

Deno.test("tangoInterval() holds 0 without a discordant pair and narrows with more pairs", () => {
  const [low, high] = tangoInterval({ pairs: 10, onlyFirst: 0, onlySecond: 0 });
  assert(low < 0 && high > 0);
  const [lower, higher] = tangoInterval({ pairs: 100, onlyFirst: 0, onlySecond: 0 });
  assert(lower > low && higher < high);
});

Deno.test("tangoInterval() stays inside -1 and 1 when all pairs are discordant", () => {
  const [low, high] = tangoInterval({ pairs: 5, onlyFirst: 5, onlySecond: 0 });
  assert(low > 0 && high <= 1);
});

Deno.test("tangoInterval() throws a RangeError for counts that do not fit", () => {
  assert.throws(() => tangoInterval({ pairs: 3, onlyFirst: 2, onlySecond: 2 }), RangeError);
  assert.throws(() => tangoInterval({ pairs: 0, onlyFirst: 0, onlySecond: 0 }), RangeError);
  assert.throws(() => tangoInterval({ pairs: 3, onlyFirst: 0.5, onlySecond: 0 }), RangeError);
});
