import { canonicalValue, likeness } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";

const label = { by: "enum" } as const;

Deno.test("enum does not mind case, outer spaces and full-width letters", () => {
  for (const other of ["billing", " Billing\n", "BILLING", "\uff42illing"]) {
    assert.equal(likeness(other, "billing", label).score, 1, other);
    assert.equal(canonicalValue(other, label), "billing");
  }
});

Deno.test("enum keeps labels apart that differ in a sign, a hyphen or an inner space", () => {
  for (const [a, b] of [["-1", "1"], ["e-mail", "email"], ["a b", "ab"], ["c++", "c"], ["", "-"]]) {
    assert.equal(likeness(a, b, label).score, 0, `${a} ${b}`);
  }
});

Deno.test("enum takes a label that is a number for its text", () => {
  assert.equal(likeness(1, "1", label).score, 1);
  assert.equal(likeness(1, 2, label).score, 0);
  assert.equal(canonicalValue(1, label), canonicalValue("1", label));
});

Deno.test("enum takes declared synonyms for the label, on both sides", () => {
  const options = { by: "enum", synonyms: { "e-mail": "email", mail: "Email" } } as const;
  assert.equal(likeness("E-Mail", "mail", options).score, 1);
  assert.equal(likeness("email", "mail", options).score, 1);
  assert.equal(likeness("fax", "mail", options).score, 0);
});

Deno.test("enum takes no synonym from the prototype of an object", () => {
  assert.equal(likeness("constructor", "function Object() { [native code] }", label).score, 0);
  assert.equal(canonicalValue("__proto__", label), "__proto__");
});
