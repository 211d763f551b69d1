import { suggest } from "@lib/io/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";

Deno.test("suggest() finds a name with a swapped, a missing, an added or a wrong letter", () => {
  const known = ["ticket_triage", "refund_share", "predict"];
  assert.equal(suggest("predcit", known), "predict");
  assert.equal(suggest("ticket_triag", known), "ticket_triage");
  assert.equal(suggest("refunds_share", known), "refund_share");
  assert.equal(suggest("prediet", known), "predict");
});

Deno.test("suggest() does not mind the case of letters", () => {
  assert.equal(suggest("PREDICT", ["predict"]), "predict");
});

Deno.test("suggest() takes the nearest of several, the first of equals", () => {
  assert.equal(suggest("model_b", ["model_a", "model_bb", "model_b1"]), "model_a");
  assert.equal(suggest("modell", ["model_a", "model"]), "model");
});

Deno.test("suggest() is undefined when more than a third of the longer name differs", () => {
  assert.equal(suggest("abcxyz", ["abcdef"]), undefined);
  assert.equal(suggest("kitten", ["sitting"]), undefined); // 3 of 7, the textbook pair
  assert.equal(suggest("kitten", ["mitten"]), "mitten");
  assert.equal(suggest("x", ["a"]), undefined);
  assert.equal(suggest("", ["a"]), undefined);
  assert.equal(suggest("a", []), undefined);
});

Deno.test("suggest() finds a known name itself, and never a name that is not known", () => {
  const names = fc.uniqueArray(fc.string({ maxLength: 8 }), { minLength: 1, maxLength: 5 });
  fc.assert(fc.property(names, fc.string({ maxLength: 8 }), (known, name) => {
    const found = suggest(name, Object.freeze(known));
    assert(found === undefined || known.includes(found));
    if (known.includes(name)) assert.equal(found?.toLowerCase(), name.toLowerCase());
  }));
});
