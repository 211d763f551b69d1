import { type FieldVerdict, leadingValue, median, type MedianOptions } from "@lib/aggregate/mod.ts";
import type { CompareOptions } from "@lib/signature/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";
import { ABSTAINED, decide, FAILED, isStable, stating, valueOf } from "./_samples.ts";

const PERCENT: CompareOptions = { by: "percent" };
const within = (compare: CompareOptions, ...values: unknown[]) =>
  decide(median(), compare, stating(...values));
const loose = (options: MedianOptions, ...values: unknown[]) =>
  decide(median(options), { by: "number" }, stating(...values));

function reasonOf(verdict: FieldVerdict): string {
  return verdict.status === "unresolved" ? verdict.reason : verdict.status;
}

Deno.test("median() of seven percentages with a unit error and an outlier repairs the one and leaves the other out", () => {
  const verdict = within(PERCENT, 12, 12.5, 11.8, 12.2, 0.12, 12.1, 30);
  assert.equal(valueOf(verdict), 12.05);
  assert.equal(verdict.share, 6 / 7);
  assert.equal(isStable(verdict), true);
  assert.deepEqual(verdict.repairs, [{ sample: 4, stated: 0.12, value: 12 }]);
  assert.deepEqual(verdict.modes, [{ value: 12.05, count: 6 }, { value: 30, count: 1 }]);
  assert.equal(verdict.votes.length, 7);
  assert.deepEqual(verdict.flags, []);
});

Deno.test("median() reports the spread as stated and after repair", () => {
  const { statedSpread, spread } = within(PERCENT, 12, 12.5, 11.8, 12.2, 0.12, 12.1, 30);
  assert.equal(statedSpread?.scaledMad.toFixed(6), "0.444781");
  assert.equal(statedSpread?.robustCv?.toFixed(6), "0.036759");
  assert.equal(statedSpread?.iqr.toFixed(2), "0.45");
  assert.deepEqual([statedSpread?.low, statedSpread?.high], [0.12, 30]);
  assert.deepEqual([spread?.n, spread?.low, spread?.high, spread?.tolerance], [7, 11.8, 30, 2]);
  assert.equal(spread?.scaledMad.toFixed(6), "0.148260");
  assert.equal(within(PERCENT, 12, 12.5).statedSpread, undefined, "nothing was repaired");
});

for (
  const [values, value] of [
    [[-5, 5, 5], 5],
    [["-5", "5", "5"], "5"],
    [["1/2", "0.5", "12"], "1/2"],
    [["0.5", ".50", "1/2", "50 %"], "0.5"],
    [[314, 314, 3.14], 314],
  ] as const
) {
  Deno.test(`median() of ${JSON.stringify(values)} in a field of numbers is ${JSON.stringify(value)}`, () => {
    assert.equal(valueOf(within({ by: "number" }, ...values)), value);
  });
}

Deno.test("median() reads every spelling of half in a field of percentages as 50 points", () => {
  const verdict = within(PERCENT, 0.5, 50, "1/2", "50 %");
  assert.equal(verdict.share, 1);
  assert.equal(verdict.modes?.length, 1);
  assert(verdict.spread?.low === 50 && verdict.spread.high === 50);
});

Deno.test("median() groups numbers round the one that is closest to its neighbours", () => {
  const verdict = loose({ within: 2 }, 10, 12, 14, 14.1);
  assert.deepEqual(verdict.modes, [{ value: 14, count: 3 }, { value: 10, count: 1 }]);
});

Deno.test("median() refuses to average several modes and names them", () => {
  const verdict = within(PERCENT, 10, 50, 11, 51, 90);
  assert.equal(reasonOf(verdict), "multimodal");
  assert.deepEqual(verdict.modes, [{ value: 10, count: 2 }, { value: 50, count: 2 }, {
    value: 90,
    count: 1,
  }]);
  assert.equal(leadingValue(verdict), 10);
  assert.deepEqual(verdict.flags, ["tie"]);
});

Deno.test("median() resolves at three of five and not at two, and as minShare says", () => {
  assert.equal(reasonOf(within(PERCENT, 10, 10, 10, 50, 90)), "ok");
  assert.equal(reasonOf(within(PERCENT, 10, 10, 30, 50, 90)), "multimodal");
  assert.equal(reasonOf(loose({ minShare: 0.4 }, 10, 10, 30, 50, 90)), "ok");
});

Deno.test("median() lets null compete with the numbers", () => {
  assert.equal(valueOf(within(PERCENT, null, 10, null, null, 11)), null);
  const numbers = within(PERCENT, null, 10, 10, 11, null);
  assert.equal(valueOf(numbers), 10);
  assert.deepEqual(numbers.modes, [{ value: 10, count: 3 }, { value: null, count: 2 }]);
  assert.equal(reasonOf(within(PERCENT, null, null, 10, 50, 90)), "multimodal");
  assert.equal(leadingValue(within(PERCENT, null, 10)), null, "of as many the one sampled first");
  assert.equal(within(PERCENT, null, null).spread, undefined);
});

Deno.test("median() keeps what states no number as a vote of its own, never as 0", () => {
  const verdict = within({ by: "number" }, "7", "unknown", "7", "unknown", "7");
  assert.equal(valueOf(verdict), "7");
  assert.deepEqual(verdict.modes, [{ value: "7", count: 3 }, { value: "unknown", count: 2 }]);
  assert.equal(verdict.spread?.n, 3);
});

Deno.test("median() counts abstentions and failures, is unresolved without a value, and refuses an empty list", () => {
  const { n, abstained, failed } = decide(median(), PERCENT, [ABSTAINED, FAILED, ...stating(10, 10)]);
  assert.deepEqual({ n, abstained, failed }, { n: 2, abstained: 1, failed: 1 });
  assert.equal(reasonOf(decide(median(), PERCENT, [ABSTAINED])), "no_samples");
  assert.throws(() => decide(median(), PERCENT, []), RangeError);
});

Deno.test("median() is the median of up to eight and Hodges-Lehmann from nine", () => {
  const skewed = [0.1, 0.2, 0.3, 0.4, 0.5, 3.5, 3.6, 3.7];
  assert.equal(valueOf(loose({ within: 10 }, ...skewed)), 0.45);
  const nine = [...skewed, 3.8];
  assert.equal(Number(valueOf(loose({ within: 10 }, ...nine))).toFixed(6), "1.950000");
});

Deno.test("median() of whole numbers is one that was sampled, of two as near the one with more samples, then the first", () => {
  assert.equal(valueOf(loose({ within: 5 }, 12, 10, 11, 13)), 12);
  assert.equal(valueOf(loose({ within: 5 }, 11, 10, 12, 13)), 11);
  assert.equal(valueOf(loose({ within: 5 }, 10, 10, 13, 13, 13, 13, 13, 13, 10, 10)), 13);
  assert.equal(valueOf(loose({ within: 5 }, 10, 11.5)), 10.75, "the field takes fractions");
});

Deno.test("median() gives texts back as they stood, so that the value stays valid", () => {
  assert.equal(valueOf(within(PERCENT, "30 %", "31 %", "32 %", "31.5 %")), "31 %");
});

Deno.test("median() flags the midpoint of a stated range", () => {
  const verdict = within(PERCENT, "between 10 and 12", "11 %", "11.5 %");
  assert.deepEqual(verdict.flags, ["range"]);
  assert.equal(valueOf(verdict), "between 10 and 12");
});

Deno.test("median() gives an interval from six samples on", () => {
  assert.equal(within(PERCENT, 10, 11, 10, 11, 10).interval, undefined);
  assert.deepEqual(within(PERCENT, 10, 11, 10.5, 11, 10, 10.2).interval, {
    low: 10,
    high: 11,
    coverage: 0.96875,
  });
});

Deno.test("median() takes the field's own tolerance, absolute or relative, unless another is given", () => {
  assert.equal(within({ by: "number", abs: 3 }, 10, 13, 30).modes?.length, 2);
  assert.equal(within({ by: "number", rel: 0.1 }, 100, 109, 200).modes?.length, 2);
  assert.equal(within({ by: "number" }, 10, 13, 30).modes?.length, 3);
  assert.equal(loose({ within: 3 }, 10, 13, 30).modes?.length, 2);
  assert.equal(within({ by: "exact" }, 10, 10, 30).modes?.length, 2, "another comparator: plain numbers");
});

Deno.test("median() floors the relative spread at the tolerance near zero, and leaves it out where both are 0", () => {
  const { spread } = within(PERCENT, -1, 0, 0, 1, 1);
  assert.equal(spread?.robustCv, spread && spread.scaledMad / 2);
  assert.equal(loose({ within: 0 }, -1, 0, 1).spread?.robustCv, undefined);
  assert.equal(loose({ within: 0 }, 0, 0, 0).spread?.robustCv, 0);
});

for (const options of [{ within: -1 }, { within: NaN }, { minShare: 0 }]) {
  Deno.test(`median() throws a RangeError when given ${JSON.stringify(options)}`, () => {
    assert.throws(() => median(options), RangeError);
  });
}

Deno.test("median() never leaves the range of the numbers of its group, whatever the order and the outliers", () => {
  const number = fc.double({ min: 5, max: 95, noNaN: true });
  fc.assert(fc.property(fc.array(number, { minLength: 1, maxLength: 14 }), (values) => {
    const verdict = within(PERCENT, ...values);
    const lead = Number(leadingValue(verdict));
    assert(lead >= Math.min(...values) && lead <= Math.max(...values));
    assert.equal(verdict.modes?.reduce((sum, { count }) => sum + count, 0), values.length);
    const group = values.filter((value) => Math.abs(value - lead) <= 4);
    assert(
      group.length >= (verdict.modes?.[0]?.count ?? 0),
      "a group is never wider than twice the tolerance",
    );
  }));
});
