import { checkPromises } from "@lib/scoring/mod.ts";
import assert from "node:assert/strict";

const occurs = (alternative: string, text: string) =>
  checkPromises(text, { mustNot: alternative }) !== undefined;

const TABLE: [alternative: string, text: string, occurs: boolean][] = [
  ["2 year*", "It has a 2-year warranty.", true],
  ["40 %", "You get 40% off", true],
  ["3 €", "It costs 3€.", true],
  ["we'll refund", "Then we’ll refund it.", true],
  ["we'll refund", "Well, refund it.", false],
  ["can refund", "We can refund you.", true],
  ["can refund", "We can't refund, we cannot refund.", false],
  ["refund*", "REFUNDED", true],
  ["*tausch*", "Wir tauschen um.", true],
  ["day*", "my birthday", false],
  ["day", "days", false],
  ["a*c", "a b c", false],
  ["zurück", "ZURU\u0308CK", true],
  ["free gift", "free, gift", true],
  ["free gift", "free of gifts", false],
  ["a.*", "a b", true],
  ["a.*", "a", false],
  ["*", "", false],
  ["(a", "a", true],
  ["…", "", false],
  ["…", "…", false],
];

for (const [alternative, text, expected] of TABLE) {
  Deno.test(`checkPromises() ${expected ? "finds" : "does not find"} ${JSON.stringify(alternative)} in ${JSON.stringify(text)}`, () => {
    assert.equal(occurs(alternative, text), expected);
  });
}

Deno.test("checkPromises() asks for one alternative of every group, and names the first group that lacks one", () => {
  const must = "photo*|picture* & 48 hours|two days & refund*";
  assert.equal(checkPromises("Send a picture within two days for a refund.", { must }), undefined);
  assert.equal(
    checkPromises("Send a picture within two weeks.", { must }),
    "lacks a fact: 48 hours|two days",
  );
});

Deno.test("checkPromises() asks for nothing where nothing is stated", () => {
  for (const rules of [{}, { must: "", mustNot: "" }, { must: " & ", mustNot: " | " }]) {
    assert.equal(checkPromises("Hello", rules), undefined);
    assert.equal(checkPromises("", rules), undefined);
  }
});

Deno.test("checkPromises() looks for facts first, then for promises", () => {
  const rules = { must: "sorry", mustNot: "free gift" };
  assert.equal(checkPromises("A free gift!", rules), "lacks a fact: sorry");
  assert.equal(checkPromises("Sorry. A free gift!", rules), "makes a forbidden promise: free gift");
});
