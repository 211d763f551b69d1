import { parseNumber } from "@lib/signature/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";

Deno.test("parseNumber() reads signs, decimals and exponents", () => {
  for (
    const [text, expected] of [
      ["5", 5],
      ["-5", -5],
      ["+5", 5],
      ["\u22125", -5],
      ["\u20135", -5],
      ["3.14", 3.14],
      [".5", 0.5],
      ["5.", 5],
      ["1e3", 1000],
      ["1.5E-3", 0.0015],
      [" 42\n", 42],
      ["\uff14\uff12", 42],
      ["007", 7],
    ] as const
  ) assert.equal(parseNumber(text), expected, text);
});

Deno.test("parseNumber() reads thousands groups with one kind of separator", () => {
  for (const text of ["1,200", "1 200", "1\u00a0200", "1\u202f200", "1'200"]) {
    assert.equal(parseNumber(text), 1200, text);
  }
  assert.equal(parseNumber("-12,345,678.90"), -12345678.9);
});

Deno.test("parseNumber() reads no group that no one writes, as that would be a guess", () => {
  for (
    const text of ["1,2", "12,34", "1,2000", "1,200,50", "1,200 300", "0,500", "1.200,50", "1,,200", ",200"]
  ) {
    assert.equal(parseNumber(text), undefined, text);
  }
});

Deno.test("parseNumber() reads fractions and mixed numbers", () => {
  for (
    const [text, expected] of [
      ["1/2", 0.5],
      ["-1/2", -0.5],
      ["3 / 4", 0.75],
      ["½", 0.5],
      ["1½", 1.5],
      ["1 1/2", 1.5],
      ["-2¾", -2.75],
      ["1\u20442", 0.5],
    ] as const
  ) assert.equal(parseNumber(text), expected, text);
  for (const text of ["1/0", "0/0", "1/2/3", "1/-2", "1.5/2", "/2"]) {
    assert.equal(parseNumber(text), undefined, text);
  }
});

Deno.test("parseNumber() reads a currency sign and a percent sign, and scales by neither", () => {
  for (const text of ["30%", "30 %", "$30", "-$-30", "€ 30", "30€", "£30"]) {
    assert.equal(parseNumber(text), text === "-$-30" ? undefined : 30, text);
  }
  assert.equal(parseNumber("-$30"), -30);
  assert.equal(parseNumber("$-30"), -30);
});

Deno.test("parseNumber() is undefined for a text that does not state exactly one number", () => {
  const texts = [
    "",
    " ",
    "-",
    ".",
    "3 or 4",
    "5 apples",
    "1e",
    "e5",
    "0x10",
    "1_000",
    "NaN",
    "Infinity",
    "5²",
    "--5",
    "5-",
  ];
  for (const text of texts) assert.equal(parseNumber(text), undefined, text);
});

Deno.test("parseNumber() is undefined for numbers that no double holds", () => {
  for (const value of ["1e999", "9".repeat(400), `${"9".repeat(400)}/2`, NaN, Infinity, -Infinity]) {
    assert.equal(parseNumber(value), undefined);
  }
});

Deno.test("parseNumber() is undefined for what is neither number nor text", () => {
  for (const value of [null, undefined, true, [], [5], {}, { valueOf: () => 5 }, 5n]) {
    assert.equal(parseNumber(value), undefined);
  }
});

Deno.test("parseNumber() reads every number back from its text, plain and grouped", () => {
  fc.assert(fc.property(fc.double({ noDefaultInfinity: true, noNaN: true }), (number) => {
    assert.equal(parseNumber(number), number);
    assert.equal(parseNumber(String(number)), number === 0 ? 0 : number);
  }));
  fc.assert(fc.property(fc.integer(), (number) => {
    assert.equal(parseNumber(number.toLocaleString("en-US")), number);
  }));
});

Deno.test("parseNumber() gets through a megabyte of digits, groups and spaces", () => {
  for (const text of ["9".repeat(1e6), "1" + ",000".repeat(250_000) + "x", "1" + " ".repeat(1e6) + "x"]) {
    assert.equal(parseNumber(text), undefined);
  }
});
