import { foldCharacters } from "@lib/signature/fold_characters.ts";
import assert from "node:assert/strict";

Deno.test("foldCharacters() folds full-width letters, ligatures and composed letters as NFKC does", () => {
  // Unicode Standard Annex 15, figures 5 and 6
  assert.equal(foldCharacters("\ufb01"), "fi");
  assert.equal(foldCharacters("e\u0301"), "\u00e9");
  assert.equal(foldCharacters("\uff11\uff12\uff0d\uff21"), "12-A");
});

Deno.test("foldCharacters() keeps an exponent and a fraction apart from the digits before it", () => {
  assert.equal(foldCharacters("5²"), "5^2");
  assert.equal(foldCharacters("10⁻³"), "10^-3");
  assert.equal(foldCharacters("1½"), "1 1/2");
  assert.equal(foldCharacters("½"), "1/2");
  assert.equal(foldCharacters("m²"), "m2");
});

Deno.test("foldCharacters() takes every hyphen and minus sign for -, and an en dash only before a digit", () => {
  assert.equal(foldCharacters("KT\u201148213 KT\u201048213 \u22125 \u20135"), "KT-48213 KT-48213 -5 -5");
  assert.equal(foldCharacters("a \u2013 b"), "a \u2013 b");
});
