import type { CallRecord, Prediction } from "@lib/program/mod.ts";
import { isWrong, scoreCalls } from "@lib/scoring/mod.ts";
import { compare, percent, signature } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { z } from "zod";

const Task = signature({
  name: "task",
  instructions: "",
  input: { ticket: z.string() },
  output: {
    reason: z.enum(["late", "damaged"]),
    days: compare(z.number().int().nullable(), { by: "number" }),
    order: compare(z.string().nullable(), { by: "exact", groundedIn: "ticket" }),
    share: percent(),
  },
});
const INPUT = { ticket: "Order A-17 came late." };
const EXPECTED = { reason: "late", days: 3, order: "A-17", share: 30 } as const;

/** Outcomes of named calls that gave these outputs. */
function outcomesOf(...outputs: unknown[]) {
  const calls = outputs.map((output, index): CallRecord => ({
    name: `call ${index}`,
    status: "ok",
    output,
    diagnostics: {},
  }));
  return scoreCalls(Task, { input: INPUT, expected: EXPECTED, prediction: ok({ calls }) })
    ?.map(({ outcomes }) => outcomes);
}

function ok(diagnostics: Prediction<unknown>["diagnostics"]): Prediction<typeof EXPECTED> {
  return { status: "ok", output: EXPECTED, diagnostics, calls: [] };
}

Deno.test("scoreCalls() scores the fields of a call that the task has, as they would be scored in the output", () => {
  assert.deepEqual(outcomesOf({ reason: "late" }, { days: 4, opened: true }, { share: 29 }), [
    { reason: "correct" },
    { days: "wrong" },
    { share: "correct" },
  ]);
  assert.deepEqual(outcomesOf({ days: null }, { order: "B-2" }, { share: 0.3 }, { opened: true }), [
    { days: "missing" },
    { order: "hallucinated" },
    { share: "unit_error" },
    {},
  ]);
});

Deno.test("scoreCalls() counts a value that the task would not allow as a fault of format", () => {
  assert.deepEqual(outcomesOf({ reason: "other" }, { days: 2.5 }, { share: "all" }, { order: ["A-17"] }), [
    { reason: "format" },
    { days: "format" },
    { share: "format" },
    { order: "format" },
  ]);
});

Deno.test("scoreCalls() knows nothing of the fields of a call that failed or abstained, and takes it as wrong", () => {
  const calls: CallRecord[] = [
    { name: "a", status: "failed", failure: { kind: "format", message: "no" }, diagnostics: {} },
    { name: "b", status: "abstained", reason: "no", diagnostics: {} },
    { name: "c", status: "ok", output: { reason: "late", other: 1 }, diagnostics: {} },
    { name: "d", status: "ok", output: "a text", diagnostics: {} },
  ];
  const prediction: Prediction<typeof EXPECTED> = {
    status: "failed",
    failure: { kind: "format", message: "no" },
    diagnostics: { calls },
    calls: [],
  };
  const scores = scoreCalls(Task, { input: INPUT, expected: EXPECTED, prediction }) ?? [];
  assert.deepEqual(scores.map(({ name, status }) => `${name} ${status}`), [
    "a failed",
    "b abstained",
    "c ok",
    "d ok",
  ]);
  assert.deepEqual(scores.map(({ outcomes }) => Object.keys(outcomes).length), [0, 0, 1, 0]);
  assert.deepEqual(scores.map(isWrong), [true, true, false, false]);
});

Deno.test("scoreCalls() leaves out fields that only a judge decides about", () => {
  const Judged = signature({
    name: "judged",
    instructions: "",
    input: {},
    output: { reply: compare(z.string(), { by: "judge", judge: "helpful" }) },
  });
  const calls = [{ name: "write", status: "ok", output: { reply: "Dear" }, diagnostics: {} }];
  const prediction = { status: "ok" as const, output: { reply: "Dear" }, diagnostics: { calls }, calls: [] };
  const [write] = scoreCalls(Judged, { input: {}, expected: { reply: "Dear" }, prediction }) ?? [];
  assert.deepEqual(write?.outcomes, {});
});

Deno.test("scoreCalls() has nothing to say of a program without named calls", () => {
  assert.equal(scoreCalls(Task, { input: INPUT, expected: EXPECTED, prediction: ok({}) }), undefined);
});
