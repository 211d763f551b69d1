import { medoid, tokenF1 } from "@lib/aggregate/mod.ts";
import type { CompareOptions } from "@lib/signature/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";
import { ABSTAINED, decide, isStable, stating, valueOf } from "./_samples.ts";

const TEXT: CompareOptions = { by: "text" };
const of = (...values: unknown[]) => decide(medoid(), TEXT, stating(...values));

Deno.test("medoid() is the sample that is most like the others", () => {
  const replies = [
    "Call us tomorrow.",
    "We refund the full price within a week.",
    "We refund the full price within two weeks.",
    "The full price is refunded within a week.",
  ];
  assert.equal(valueOf(of(...replies)), replies[1]);
});

Deno.test("medoid() of short answers is the vote, and its share the share of the votes", () => {
  const verdict = of("Paris", "paris.", "Rome");
  assert.equal(valueOf(verdict), "Paris");
  assert.equal(verdict.share, 2 / 3);
  assert.equal(verdict.pairwise, 1 / 3);
  assert.deepEqual(verdict.votes, [{ value: "Paris", count: 2 }, { value: "Rome", count: 1 }]);
  assert.equal(isStable(verdict), true);
});

Deno.test("medoid() takes the first of several as central, a tie only when they differ", () => {
  const tie = of("red", "blue");
  assert.equal(valueOf(tie), "red");
  assert.deepEqual(tie.flags, ["tie"]);
  const same = of("red", "Red!", "red");
  assert.equal(valueOf(same), "red");
  assert.deepEqual(same.flags, []);
});

Deno.test("medoid() knows synonyms that the field declares", () => {
  const compare: CompareOptions = { by: "text", synonyms: { nyc: "New York" } };
  assert.equal(decide(medoid(), compare, stating("Rome", "NYC", "New York")).share, 2 / 3);
});

Deno.test("medoid() takes the field's tolerance for likeness where words would differ", () => {
  assert.equal(decide(medoid(), { by: "percent" }, stating("30", "31", "90")).share, 2 / 3);
});

Deno.test("medoid() lets null compete, counts abstentions, and refuses an empty list", () => {
  assert.equal(valueOf(of(null, "a b", null)), null);
  const verdict = decide(medoid(), TEXT, [ABSTAINED, ...stating("a")]);
  assert.deepEqual([verdict.n, verdict.abstained, verdict.pairwise], [1, 1, 1]);
  assert.equal(decide(medoid(), TEXT, [ABSTAINED]).status, "unresolved");
  assert.throws(() => decide(medoid(), TEXT, []), RangeError);
});

Deno.test("medoid() picks one of the samples, the same whatever is appended in other order", () => {
  const texts = fc.array(fc.constantFrom("a b c", "a b", "c d", "d e f", "x"), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(fc.property(texts, (values) => {
    const verdict = of(...values);
    assert(values.some((value) => value === valueOf(verdict)));
    assert(verdict.share > 0 && verdict.share <= 1);
    assert(verdict.pairwise !== undefined && verdict.pairwise >= 0 && verdict.pairwise <= 1 + 1e-12);
    if (verdict.flags.length === 0) assert.equal(valueOf(of(...values.toReversed())), valueOf(verdict));
  }));
});

Deno.test("tokenF1() counts repeats, ignores order and case, and is symmetric", () => {
  assert.equal(tokenF1("a a b", "a b"), 0.8);
  assert.equal(tokenF1("a b", "a a b"), 0.8);
  assert.equal(tokenF1("Refund THE price.", "the price: refund"), 1);
  assert.equal(tokenF1("yes", "no"), 0);
  assert.equal(tokenF1("", ""), 1);
  assert.equal(tokenF1("", "word"), 0);
  assert.equal(tokenF1("-5", "5"), 0);
});
