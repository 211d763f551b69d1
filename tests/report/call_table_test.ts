import type { NamedCallSummary } from "@lib/experiment/mod.ts";
import { CALL_LEGEND, callRows } from "@lib/report/mod.ts";
import assert from "node:assert/strict";
import { cellOf, summaryOf } from "./_summary.ts";

const spent = {
  latencyMs: { p50: 120, p95: 1500, n: 4 },
  costUsd: 0.02,
  incurredUsd: 0,
  tokens: { input: 1200, cached: 0, output: 80, reasoning: 0, unknownCalls: 0 },
  calls: { total: 4, live: 0, cache: 0, recording: 4, failedAttempts: 0, corrections: 0 },
};

function callOf(changes: Partial<NamedCallSummary>): NamedCallSummary {
  return {
    name: "facts",
    called: 4,
    ok: 3,
    abstained: 0,
    failed: 1,
    unknown: 0,
    accuracy: { passed: 1, total: 4, rate: 0.25, interval: [0.046, 0.699], effectiveN: 4 },
    firstWrong: 2,
    agreement: null,
    ...spent,
    ...changes,
  };
}

const errors = { total: 3, noneOfItsOwn: 0, unknown: 0 };

/** The rows of one workflow, without where it stands. */
function rowsOf(named: Parameters<typeof cellOf>[0] & object): string[][] {
  return callRows(summaryOf([cellOf(named)])).rows.map(([name = "", , , , ...rest]) => [name, ...rest]);
}

Deno.test("callRows() shows every number of a named call", () => {
  const agreement = { share: 0.7, instability: 0.3, n: 3 };
  const [row, ...others] = rowsOf({ named: { calls: [callOf({ agreement })], beside: null, errors } });
  assert.deepEqual(others, [], "no row for what there is none of");
  assert.deepEqual(row, [
    "facts",
    "4",
    "ok 3, failed 1",
    "25.0%",
    "[4.6, 69.9]",
    "1/4",
    "2/3",
    "70.0%, instability 30.0%",
    "120 ms",
    "1.5 s",
    "$0.02",
    "1,200/80",
    "4",
  ]);
});

Deno.test("callRows() says what is not known of a call instead of leaving a 0", () => {
  const call = callOf({ accuracy: null, latencyMs: null, costUsd: null, ok: 0, failed: 0, unknown: 4 });
  const [row] = rowsOf({ named: { calls: [call], beside: null, errors } });
  assert.deepEqual(row?.slice(2), [
    "unknown 4",
    "-",
    "",
    "",
    "2/3",
    "not sampled",
    "-",
    "-",
    "unknown",
    "1,200/80",
    "4",
  ]);
});

Deno.test("callRows() has rows of their own for errors without a wrong call and for requests beside all calls", () => {
  const named = {
    calls: [callOf({ firstWrong: 0 })],
    beside: spent,
    errors: { total: 3, noneOfItsOwn: 2, unknown: 1 },
  };
  const rows = rowsOf({ named });
  assert.deepEqual(rows.map(([name]) => name), [
    "facts",
    "(none of its own)",
    "(unknown)",
    "(beside the calls)",
  ]);
  assert.deepEqual(rows.map((row) => row[6]), ["0/3", "2/3", "1/3", ""]);
  assert.equal(rows[3]?.at(-1), "4");
  assert.deepEqual(new Set(rows.map(({ length }) => length)), new Set([13]));
});

Deno.test("callRows() has no row for a program without named calls", () => {
  assert.deepEqual(callRows(summaryOf([cellOf()])).rows, []);
});

Deno.test("CALL_LEGEND explains the columns", () => {
  const { columns } = callRows(summaryOf([cellOf()]));
  const words = CALL_LEGEND.join(" ");
  for (const { title } of columns.slice(4)) {
    if (["status", "95% interval", "correct", "tokens in/out"].includes(title)) continue;
    assert(words.includes(title), title);
  }
});
