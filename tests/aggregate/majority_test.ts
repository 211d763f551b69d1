import { majority } from "@lib/aggregate/mod.ts";
import type { CompareOptions } from "@lib/signature/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";
import { ABSTAINED, decide, FAILED, isStable, stating, valueOf } from "./_samples.ts";

const vote = (compare: CompareOptions, ...values: unknown[]) =>
  decide(majority(), compare, stating(...values));

for (
  const [samples, by, winner] of [
    [["A", "A", "B"], "enum", "A"],
    [["A", "A", "B"], "exact", "A"],
    [["A", "A", "B"], "text", "A"],
    [["the", "the", "a"], "text", "the"],
    [["-5", "5", "5"], "number", "5"],
    [["-5", "5", "5"], "exact", "5"],
    [[-5, 5, 5], "number", 5],
    [["3.14", "314", "314"], "number", "314"],
    [["3.14", "314", "314"], "text", "314"],
    [[3.14, 314, 314], "number", 314],
    [["1/2", "12", "12"], "text", "12"],
    [["1/2", "0.5", "12"], "number", "1/2"],
    [["0.5", ".50", "1/2", "7", "7"], "number", "0.5"],
    [["0.5", ".50", "1/2", "7", "7"], "percent", "0.5"],
    [[1, 2, 2, 3], "exact", 2],
    [[7], "number", 7],
    [[true, false, true], "exact", true],
    [["2026-03-01", "2026-03-01T10:00:00Z", "2026-03-02"], "date", "2026-03-01"],
  ] as const
) {
  Deno.test(`majority() of ${JSON.stringify(samples)} compared by ${by} is ${JSON.stringify(winner)}`, () => {
    assert.equal(valueOf(vote({ by }, ...samples)), winner);
  });
}

for (const by of ["number", "percent"] as const) {
  Deno.test(`majority() counts half in its spellings as one value in a field of kind ${by}`, () => {
    for (
      const spellings of [["0.5", ".50", "1/2", "50 %"], ["50%", "½", "1/2", 0.5], [
        "50 percent",
        "0,5",
        "5e-1",
      ]]
    ) {
      const verdict = vote({ by }, ...spellings);
      assert.deepEqual(verdict.votes, [{ value: spellings[0], count: spellings.length }]);
      assert.equal(verdict.share, 1);
    }
  });
}

Deno.test("majority() lets the unit of the field decide between 50 % and 50", () => {
  assert.equal(vote({ by: "number" }, "50 %", 50, "50").votes.length, 1);
  assert.equal(vote({ by: "percent" }, "50 %", 50, "50").votes.length, 1);
  assert.deepEqual(vote({ by: "number" }, 50, "50 %", 0.5).votes[0], { value: 50, count: 2 }, "not 0.5 then");
});

Deno.test("majority() gives the value as the first sample of its class gave it", () => {
  assert.equal(valueOf(vote({ by: "text" }, "  New York! ", "new york", "Rome")), "  New York! ");
  assert.deepEqual(valueOf(vote({ by: "exact" }, { b: 1, a: 2 }, { a: 2, b: 1 })), { b: 1, a: 2 });
});

Deno.test("majority() takes the value sampled first of those with as many votes, and says that it is a tie", () => {
  const verdict = vote({ by: "enum" }, "C", "B", "A", "A", "B");
  assert.equal(valueOf(verdict), "B");
  assert.deepEqual(verdict.flags, ["tie"]);
  assert.equal(isStable(verdict), false);
  assert.deepEqual(verdict.votes, [{ value: "B", count: 2 }, { value: "A", count: 2 }, {
    value: "C",
    count: 1,
  }]);
});

Deno.test("majority() lets null compete as a value, apart from the word", () => {
  const verdict = vote({ by: "exact" }, null, "null", null);
  assert.equal(valueOf(verdict), null);
  assert.deepEqual(verdict.votes, [{ value: null, count: 2 }, { value: "null", count: 1 }]);
  assert.equal(valueOf(vote({ by: "exact" }, undefined, null, "x")), null, "undefined is null");
});

Deno.test("majority() counts abstentions and failures, and never as votes", () => {
  const samples = [ABSTAINED, ...stating("A"), ABSTAINED, FAILED, ...stating("A", "B")];
  const verdict = decide(majority(), { by: "enum" }, samples);
  assert.equal(valueOf(verdict), "A");
  const { n, abstained, failed, share } = verdict;
  assert.deepEqual({ n, abstained, failed, share }, { n: 3, abstained: 2, failed: 1, share: 2 / 3 });
});

Deno.test("majority() is unresolved when nobody states a value", () => {
  assert.deepEqual(decide(majority(), { by: "enum" }, [ABSTAINED, FAILED, ABSTAINED]), {
    status: "unresolved",
    reason: "no_samples",
    n: 0,
    abstained: 2,
    failed: 1,
    share: 0,
    votes: [],
    flags: [],
  });
});

Deno.test("majority() throws a RangeError that names the field when there is no sample at all", () => {
  assert.throws(() => decide(majority(), { by: "enum" }, []), {
    name: "RangeError",
    message: /field "answer"/,
  });
});

Deno.test("majority() is stable from three of five votes, not from three of six, nor with most samples silent", () => {
  const of = (...samples: Parameters<typeof stating>) => isStable(vote({ by: "enum" }, ...samples));
  assert.equal(of("A", "A", "A", "B", "C"), true);
  assert.equal(of("A", "A", "A", "B", "C", "D"), false);
  assert.equal(of("A"), false, "one sample shows no agreement");
  const silent = [ABSTAINED, FAILED, FAILED, ...stating("A", "A")];
  assert.equal(isStable(decide(majority(), { by: "enum" }, silent)), false);
  assert.equal(
    isStable(decide(majority({ minShare: 0.5 }), { by: "enum" }, stating("A", "B"))),
    false,
    "a tie",
  );
  assert.equal(isStable(decide(majority({ minShare: 0.8 }), { by: "enum" }, stating("A", "A", "B"))), false);
});

for (const minShare of [0, 1.1, NaN]) {
  Deno.test(`majority() throws a RangeError when minShare is ${minShare}`, () => {
    assert.throws(() => majority({ minShare }), RangeError);
  });
}

Deno.test("majority() never prefers a value with fewer votes, and every vote is counted once", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 12 }), (values) => {
      const verdict = vote({ by: "exact" }, ...values);
      const count = (value: unknown) => values.filter((other) => other === value).length;
      const most = Math.max(...values.map(count));
      assert.equal(count(valueOf(verdict)), most);
      assert.equal(valueOf(verdict), values.find((value) => count(value) === most));
      assert.equal(verdict.votes.reduce((sum, entry) => sum + entry.count, 0), values.length);
      assert.equal(verdict.share, most / values.length);
    }),
  );
});
