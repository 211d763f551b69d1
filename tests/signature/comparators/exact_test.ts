import { canonicalValue, likeness } from "@lib/signature/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";

const exact = { by: "exact" } as const;

Deno.test("exact keeps apart what differs in case, spaces, type, order or composition of letters", () => {
  const pairs = [["A", "a"], ["a", "a "], [1, "1"], [[1, 2], [2, 1]], ["\u00e9", "e\u0301"], ["-5", "5"], [
    false,
    0,
  ], ["", " "]];
  for (const [a, b] of pairs) {
    assert.equal(likeness(a, b, exact).score, 0);
    assert.notEqual(canonicalValue(a, exact), canonicalValue(b, exact));
  }
});

Deno.test("exact takes equal data for the same, whatever the order of keys", () => {
  assert.equal(likeness({ a: 1, b: [null] }, { b: [null], a: 1 }, exact).score, 1);
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    assert.equal(likeness(value, JSON.parse(JSON.stringify(value)), exact).score, 1);
  }));
});
