import { failuresOf, fieldRows, MATRIX_LEGEND, matrixRows, matrixTable } from "@lib/report/mod.ts";
import assert from "node:assert/strict";
import { cellOf, summaryOf } from "./_summary.ts";

Deno.test("matrixTable() shows a rate with its counts and interval, the failures, times, cost and tokens", () => {
  const [, , line = ""] = matrixTable(summaryOf([cellOf()])).split("\n");
  assert.deepEqual(line.split(/ {2,}/), [
    "predict",
    "brief",
    "local:small",
    "25.0%",
    "[17.0, 35.3]",
    "42/168",
    "wrong 100, hallucinated 26",
    "812 ms",
    "15.8 s",
    "unknown",
    "36,000/5,500",
  ]);
});

Deno.test("matrixTable() says when a cell is incomplete, without times, or some tokens are unknown", () => {
  const tokens = { input: 10, cached: 0, output: 5, reasoning: 0, unknownCalls: 1 };
  const { columns, rows: [row = []] } = matrixRows(
    summaryOf([cellOf({ planned: 200, latencyMs: null, costUsd: 0, tokens })]),
  );
  const shown = Object.fromEntries(columns.map(({ title }, index) => [title, row[index]]));
  assert.equal(shown.correct, "42/168 of 200");
  assert.equal(shown.p50, "-");
  assert.equal(shown.cost, "$0");
  assert.equal(shown["tokens in/out"], "10/5 (some unknown)");
});

Deno.test("matrixTable() lets no name move the cursor", () => {
  const table = matrixTable(summaryOf([cellOf({ model: "a\u001b[31m\nb" })]));
  assert(table.includes("a·[31m·b"));
  assert.equal(table.split("\n").length, 3);
});

Deno.test("failuresOf() lists the most frequent first and says none", () => {
  const cell = cellOf();
  assert.equal(failuresOf(cell), "wrong 100, hallucinated 26");
  const none = Object.fromEntries(
    Object.keys(cell.categories).map((name) => [name, name === "correct" ? 1 : 0]),
  );
  assert.equal(failuresOf({ ...cell, categories: none as typeof cell.categories }), "none");
});

Deno.test("MATRIX_LEGEND explains columns that the table has", () => {
  const titles = matrixRows(summaryOf([])).columns.map(({ title }) => title);
  for (const line of MATRIX_LEGEND) {
    for (const name of line.split(":")[0]?.split(", ") ?? []) assert(titles.includes(name), name);
  }
});

Deno.test("fieldRows() shows each field in each cell with its outcomes", () => {
  const { rows } = fieldRows(summaryOf([cellOf(), cellOf({ prompt: "rules", fields: {} })]));
  assert.deepEqual(rows, [
    [
      "category",
      "predict",
      "brief",
      "local:small",
      "25.0%",
      "[17.0, 35.3]",
      "42/168",
      "wrong 120, missing 6",
    ],
  ]);
});
