import { readQuantity } from "@lib/aggregate/mod.ts";
import assert from "node:assert/strict";

for (
  const [text, points, number] of [
    ["30 %", 30, 30],
    ["30%", 30, 30],
    ["30 percent", 30, 30],
    ["30 per cent", 30, 30],
    ["-2.5 pct", -2.5, -2.5],
    ["150 bps", 1.5, 1.5],
    ["1 basis point", 0.01, 0.01],
    ["12,5", 12.5, 12.5],
    ["12,5 %", 12.5, 12.5],
    ["1.200,50", 1200.5, 1200.5],
    ["0,125", 0.125, 0.125],
    ["1,200", 1200, 1200],
    ["1/2", 50, 0.5],
    ["½", 50, 0.5],
    ["1/2 %", 0.5, 0.5],
    ["1 1/2", 1.5, 1.5],
    ["−5", -5, -5],
    ["between 10 and 12", 11, 11],
    ["Between 10% and 12%", 11, 11],
    ["from 10 to 12 %", 11, 11],
    ["10 to 12", 11, 11],
    ["10-12 %", 11, 11],
    ["10 – 12", 11, 11],
    ["1e-5", 1e-5, 1e-5],
  ] as const
) {
  Deno.test(`readQuantity() of ${JSON.stringify(text)} is ${points} points and, as a plain number, ${number}`, () => {
    assert.equal(readQuantity(text, "percent")?.value, points);
    assert.equal(readQuantity(text, "number")?.value, number);
  });
}

for (
  const text of ["", "about a dozen", "%", "3 or 4", "12-10", "between 12 and 10", "1,2,3", "NaN", "12 kg"]
) {
  Deno.test(`readQuantity() of ${JSON.stringify(text)} is undefined`, () => {
    assert.equal(readQuantity(text, "percent"), undefined);
  });
}

Deno.test("readQuantity() of what is no text or finite number is undefined", () => {
  for (const value of [null, true, Infinity, [5], { value: 5 }]) {
    assert.equal(readQuantity(value, "number"), undefined);
  }
});

Deno.test("readQuantity() of a number too large to compute with, or of an essay, is undefined", () => {
  for (const value of [1e301, "-1e308", `30${" ".repeat(100)}%`]) {
    assert.equal(readQuantity(value, "percent"), undefined);
  }
});

Deno.test("readQuantity() tells a stated unit and a range", () => {
  const marks = (text: string, by: "number" | "percent") => {
    const { marked, range } = readQuantity(text, by) ?? {};
    return { marked, range };
  };
  assert.deepEqual(marks("5 %", "number"), { marked: true, range: false });
  assert.deepEqual(marks("1/2", "percent"), { marked: true, range: false });
  assert.deepEqual(marks("1/2", "number"), { marked: false, range: false });
  assert.deepEqual(marks("10 to 12 %", "percent"), { marked: true, range: true });
  assert.deepEqual(marks("10 to 12", "percent"), { marked: false, range: true });
});
