import { normalQuantile, Z_95 } from "@lib/stats/mod.ts";
import assert from "node:assert/strict";

Deno.test("normalQuantile() gives the values of R's qnorm", () => {
  const known: [number, number][] = [
    [0.5, 0],
    [0.975, Z_95],
    [0.99, 2.3263478740],
    [0.995, 2.5758293035],
    [0.9995, 3.2905267315],
    [1e-6, -4.7534243088],
  ];
  for (const [probability, value] of known) {
    assert(Math.abs(normalQuantile(probability) - value) < 1e-8, String(probability));
  }
});

Deno.test("normalQuantile() throws a RangeError outside 0 to 1", () => {
  for (const probability of [0, 1, -0.1, NaN]) assert.throws(() => normalQuantile(probability), RangeError);
});
