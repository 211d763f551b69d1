import type { Case } from "@lib/dataset/mod.ts";
import {
  type CaseScore,
  CATEGORIES,
  type OutputRow,
  scoreCase,
  scoreOutput,
  scoreReply,
  scoreRows,
  scoreTaskRows,
} from "@lib/scoring/mod.ts";
import { compare, type CompareOptions, signature } from "@lib/signature/mod.ts";
import { clusteredInterval, wilsonInterval } from "@lib/stats/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";
import { z } from "zod";

const Triage = signature({
  name: "triage",
  instructions: "Sort the mail.",
  input: { mail: z.string() },
  output: {
    team: z.enum(["sales", "support"]),
    order: compare(z.string().nullable(), { by: "exact", groundedIn: "mail" }),
  },
});

function makeCase(id: string, mail: string, expected: { team: "sales" | "support"; order: string | null }) {
  const entry: Case<{ mail: string }, typeof expected> = {
    id,
    input: { mail },
    expected,
    coverage: "common",
    split: "test",
    origin: "authored",
    line: 2,
  };
  return entry;
}

const CASES = [
  makeCase("a", "AB-1 is late", { team: "support", order: "AB-1" }),
  makeCase("b", "Can I buy two?", { team: "sales", order: null }),
  makeCase("c", "AB-3 broke", { team: "support", order: "AB-3" }),
];

function row(output: unknown, expected: unknown): OutputRow {
  return Object.freeze({ id: "a", line: 1, output, expected });
}

const NUMBER: CompareOptions = { by: "number" };
const TEXT: CompareOptions = { by: "text" };
const EXACT: CompareOptions = { by: "exact" };

Deno.test("scoreOutput() keeps signs, decimal points and one-letter answers apart", () => {
  const pairs: [unknown, unknown, CompareOptions, string][] = [
    ["-5", "5", TEXT, "wrong"],
    ["-5", 5, NUMBER, "wrong"],
    [-5, -5, EXACT, "correct"],
    ["3.14", "314", TEXT, "wrong"],
    ["3.14", 314, NUMBER, "wrong"],
    ["1/2", "12", TEXT, "wrong"],
    ["1/2", 0.5, NUMBER, "correct"],
    ["a", "a", TEXT, "correct"],
    ["A.", "a", TEXT, "correct"],
    ["", "a", TEXT, "wrong"],
    ["1,200", 1200, NUMBER, "correct"],
    [1200, "1,200", NUMBER, "correct"],
    ["1,200", 1.2, NUMBER, "wrong"],
    ["5", 5, EXACT, "wrong"],
    ["Paris", "paris", EXACT, "wrong"],
  ];
  for (const [output, expected, by, outcome] of pairs) {
    assert.equal(
      scoreOutput(row(output, expected), by).outcome,
      outcome,
      `${output} for ${expected}, ${by.by}`,
    );
  }
});

Deno.test("scoreOutput() tells missing, hallucinated and rightly absent values apart", () => {
  for (const by of [EXACT, TEXT, NUMBER]) {
    assert.equal(scoreOutput(row(null, 3), by).outcome, "missing");
    assert.equal(scoreOutput(row("3", null), by).outcome, "hallucinated");
    assert.equal(scoreOutput(row(null, null), by).outcome, "correct");
    assert.equal(scoreOutput(row({ value: 3 }, null), by).outcome, "hallucinated");
  }
});

Deno.test("scoreOutput() compares lists and objects as data when by exact, whatever the order of keys", () => {
  assert.equal(scoreOutput(row({ a: 1, b: [2] }, { b: [2], a: 1 }), EXACT).outcome, "correct");
  assert.equal(scoreOutput(row([1, 2], [2, 1]), EXACT).outcome, "wrong");
  assert.equal(scoreOutput(row("[1]", [1]), EXACT).outcome, "wrong");
});

Deno.test("scoreOutput() gives format when a value is of a kind that the comparator cannot read", () => {
  assert.equal(scoreOutput(row([5], 5), NUMBER).outcome, "format");
  assert.equal(scoreOutput(row({}, "a"), TEXT).outcome, "format");
  assert.equal(scoreOutput(row("3 or 4", 3), NUMBER).outcome, "format");
  assert.equal(scoreOutput(row(true, 1), NUMBER).outcome, "format");
  assert.equal(scoreOutput(row(Infinity, 1), EXACT).outcome, "format"); // JSON.parse reads 1e999 so
  assert.equal(scoreOutput(row("none", "unknown"), NUMBER).outcome, "wrong");
});

Deno.test("scoreOutput() widens by the larger of both tolerances when by number", () => {
  const near: CompareOptions = { by: "number", abs: 0.5, rel: 0.01 };
  assert.equal(scoreOutput(row(10.5, 10), near).outcome, "correct");
  assert.equal(scoreOutput(row(101, 100), near).outcome, "correct");
  assert.equal(scoreOutput(row(10.51, 10), near).outcome, "wrong");
  assert.equal(scoreOutput(row(101.1, 100), near).outcome, "wrong");
});

Deno.test("scoreRows() gives Wilson's interval when each id has one row", () => {
  const rows = Array.from({ length: 20 }, (_, index) => ({
    id: `q${index}`,
    line: index + 1,
    output: index < 17 ? 1 : 2,
    expected: 1,
  }));
  const score = scoreRows(rows, EXACT);
  assert.deepEqual([score.correct, score.total, score.rate], [17, 20, 0.85]);
  // R: binom::binom.confint(17, 20, methods = "wilson")
  assert.deepEqual(score.interval.map((bound) => bound.toFixed(6)), ["0.639581", "0.947631"]);
  assert.deepEqual(score.interval, wilsonInterval(17, 20));
});

Deno.test("scoreRows() takes the repeats of an id for no more than they say", () => {
  const rows = [1, 2, 3, 4].flatMap((id) =>
    [1, 2, 3].map((sample) => ({
      id: `q${id}`,
      sample: `${sample}`,
      line: id * 3 + sample,
      output: id < 3,
      expected: true,
    }))
  );
  const score = scoreRows(rows, EXACT);
  const clusters = [3, 3, 0, 0].map((passed) => ({ passed, total: 3 }));
  assert.equal(score.total, 12);
  assert.deepEqual(score.interval, clusteredInterval(clusters).interval);
  assert.deepEqual(score.interval, wilsonInterval(2, 4));
});

Deno.test("scoreRows() throws a RangeError when there is no row", () => {
  assert.throws(() => scoreRows([], EXACT), RangeError);
});

Deno.test("scoreRows() counts every row once, whatever the rows hold and in whatever order", () => {
  const value = fc.oneof(fc.constant(null), fc.integer({ min: -2, max: 2 }), fc.string({ maxLength: 2 }));
  const rows = fc.array(fc.tuple(fc.jsonValue({ maxDepth: 2 }), value), { minLength: 1, maxLength: 20 });
  fc.assert(fc.property(rows, fc.constantFrom(EXACT, TEXT, NUMBER), (pairs, by) => {
    const all = pairs.map(([output, expected], index) => ({
      id: `q${index}`,
      line: index + 1,
      output,
      expected,
    }));
    const score = scoreRows(all, by);
    const counted = CATEGORIES.reduce((sum, name) => sum + score.categories[name], 0);
    assert.deepEqual([score.total, counted, score.rows.length], [all.length, all.length, all.length]);
    assert.equal(score.correct, score.categories.correct);
    assert(score.interval[0] <= score.rate && score.rate <= score.interval[1]);
    const { rows: _, ...turned } = scoreRows(all.toReversed(), by);
    const { rows: __, ...straight } = score;
    assert.deepEqual(turned, straight);
  }));
});

Deno.test("scoreReply() gives an object and the same object as a raw reply the score of scoreCase()", () => {
  const outputs = [
    { team: "support", order: "AB-1" },
    { team: "sales", order: "AB-1" },
    { team: "support", order: null },
    { team: "support", order: "ZZ-9" },
  ] as const;
  const [entry] = CASES;
  assert(entry);
  for (const output of outputs) {
    const prediction = { status: "ok" as const, output, diagnostics: {}, calls: [] };
    const { category, fields }: CaseScore = scoreCase(Triage, { ...entry, prediction });
    for (
      const given of [output, JSON.stringify(output), `Sure!\n\`\`\`json\n${JSON.stringify(output)}\n\`\`\``]
    ) {
      assert.deepEqual(scoreReply({ id: "a", line: 1, output: given }, Triage, entry), {
        id: "a",
        line: 1,
        outcome: category,
        fields,
      });
    }
  }
});

Deno.test("scoreReply() gives the categories of a model's reply when an output cannot be read", () => {
  const [entry] = CASES;
  assert(entry);
  const outcome = (output: unknown) => scoreReply({ id: "a", line: 1, output }, Triage, entry).outcome;
  assert.equal(outcome(null), "empty");
  assert.equal(outcome("  "), "empty");
  assert.equal(outcome("support"), "format");
  assert.equal(outcome({ team: "support" }), "format");
  assert.equal(outcome({ team: "police", order: null }), "format");
  assert.equal(outcome('{"team":"sales","order":null} or {"team":"support","order":null}'), "format");
  assert.equal(outcome(["support"]), "format");
  assert.equal(outcome(7), "format");
  const { reason } = scoreReply({ id: "a", line: 1, output: { team: "police", order: null } }, Triage, entry);
  assert.match(reason ?? "", /^team: .*found "police"$/);
});

Deno.test("scoreTaskRows() keeps missing cases and unknown ids out of the denominator and says so", () => {
  const rows = [
    { id: "a", line: 1, output: { team: "support", order: "AB-1" } },
    { id: "x", line: 2, output: { team: "support", order: null } },
    { id: "b", line: 3, output: { team: "support", order: null } },
  ];
  const score = scoreTaskRows(rows, { signature: Triage, cases: CASES });
  assert.deepEqual([score.correct, score.total], [1, 2]);
  assert.deepEqual(score.unknownIds, [{ id: "x", line: 2 }]);
  assert.deepEqual(score.missingFromFile, ["c"]);
  assert.deepEqual([score.missingAsWrong.correct, score.missingAsWrong.total], [1, 3]);
  assert.deepEqual(score.missingAsWrong.interval, wilsonInterval(1, 3));
  assert.deepEqual(score.fields?.team?.outcomes, { correct: 1, wrong: 1 });
  assert.deepEqual(score.fields?.order?.outcomes, { correct: 2 });
});

Deno.test("scoreTaskRows() throws a RangeError when no id is known", () => {
  const rows = [{ id: "x", line: 1, output: null }];
  assert.throws(() => scoreTaskRows(rows, { signature: Triage, cases: CASES }), RangeError);
});
