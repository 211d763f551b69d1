import { formatCount, formatDuration, formatInterval, formatPercent, formatUsd } from "@lib/report/mod.ts";
import assert from "node:assert/strict";

Deno.test("formatPercent() and formatInterval() show one decimal", () => {
  assert.equal(formatPercent(0.42345), "42.3%");
  assert.equal(formatPercent(0), "0.0%");
  assert.equal(formatInterval([0.351, 1]), "[35.1, 100.0]");
});

Deno.test("formatDuration() chooses the unit that reads best", () => {
  assert.equal(formatDuration(85.4), "85 ms");
  assert.equal(formatDuration(1200), "1.2 s");
  assert.equal(formatDuration(125_000), "2 min 5 s");
});

Deno.test("formatDuration() never shows 60 seconds or 1000 ms", () => {
  assert.equal(formatDuration(999.7), "1.0 s");
  assert.equal(formatDuration(179_800), "3 min 0 s");
});

Deno.test("formatUsd() tells unknown from nothing and keeps small sums", () => {
  assert.equal(formatUsd(null), "unknown");
  assert.equal(formatUsd(0), "$0");
  assert.equal(formatUsd(0.00012345), "$0.00012");
  assert.equal(formatUsd(12.345), "$12.35");
});

Deno.test("formatCount() separates thousands whatever the locale", () => {
  assert.equal(formatCount(1234567), "1,234,567");
});
