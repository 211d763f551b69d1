import { compareTrials, comparisonText, type Trial } from "@lib/optimize/mod.ts";
import { chooseTrial } from "@lib/optimize/choose_trial.ts";
import assert from "node:assert/strict";
import { caseOf } from "./_setting.ts";

/** A trial whose cases are right where the text has a 1. */
function trial(
  name: string,
  outcomes: string,
  about: { tokens?: number; usd?: number | null; planned?: number } = {},
): Trial {
  const { tokens = 100, usd = 0, planned = outcomes.length } = about;
  const cost = { calls: 1, inputTokens: tokens, outputTokens: 0, usd };
  const runs = [...outcomes].map((outcome, index): Trial["runs"][number] => ({
    case: caseOf(index, "dev"),
    prediction: { status: "abstained", reason: "", diagnostics: {}, calls: [] },
    score: { category: outcome === "1" ? "correct" : "wrong", fields: {}, metrics: {} },
    steps: [],
    cost,
  }));
  return {
    candidate: { name, note: "", demos: {}, instructions: {} },
    runs,
    planned,
    complete: runs.length === planned,
    right: runs.filter(({ score }) => score.category === "correct").length,
    interval: null,
    cost: { ...cost, inputTokens: tokens * runs.length, usd: usd === null ? null : usd * runs.length },
  };
}

const right = (count: number, of = 20) => "1".repeat(count) + "0".repeat(of - count);

Deno.test("compareTrials() counts pairs, with Tango's interval and McNemar's mid-p", () => {
  const [a, b] = [trial("a", "11100000"), trial("b", "00000001")];
  const { pairs, onlyFirst, onlySecond, difference, interval, p } = compareTrials(a, b);
  assert.deepEqual([pairs, onlyFirst, onlySecond, difference], [8, 3, 1, 0.25]);
  assert.equal(p.toFixed(4), "0.3750"); // 2 P(X = 0) + P(X = 1) of 4
  assert(interval[0] < 0 && interval[1] > 0.25);
});

Deno.test("compareTrials() multiplies p by the number of comparisons, up to 1", () => {
  const [a, b] = [trial("a", right(6)), trial("b", right(0))];
  assert.equal(compareTrials(a, b).p.toFixed(5), "0.01563");
  assert.equal(compareTrials(a, b, 3).p.toFixed(5), "0.04688");
  assert.equal(compareTrials(a, b, 100).p, 1);
});

Deno.test("compareTrials() refuses trials on different cases", () => {
  assert.throws(() => compareTrials(trial("a", "11"), trial("b", "111")), RangeError);
});

Deno.test("comparisonText() says better, worse or that it cannot tell", () => {
  const text = (a: string, b: string) => comparisonText(compareTrials(trial("a", a), trial("b", b)));
  assert.match(text(right(8), right(0)), /^a against b: 8 newly right and 0 newly wrong of 20, .*: better$/);
  assert.match(text(right(0), right(8)), /: worse$/);
  assert.match(text(right(2), right(0)), /: cannot tell$/);
});

Deno.test("chooseTrial() keeps the program as it stands when the best cannot be told from it, and says so", () => {
  const { chosen, verdict } = chooseTrial([
    trial("baseline", right(10)),
    trial("few", right(13), { tokens: 300 }),
  ]);
  assert.equal(chosen?.name, "baseline");
  assert.match(verdict, /cheapest candidate that cannot be told from the best: baseline/);
  assert.match(verdict, /few against baseline: 3 newly right and 0 newly wrong of 20.*cannot tell/);
});

Deno.test("chooseTrial() takes a dearer candidate that is told from every cheaper one", () => {
  const { chosen, verdict } = chooseTrial([
    trial("baseline", right(5)),
    trial("few", right(15), { tokens: 300 }),
  ]);
  assert.equal(chosen?.name, "few");
  assert.match(verdict, /told from every cheaper one.*10 newly right and 0 newly wrong.*better/);
});

Deno.test("chooseTrial() takes the cheapest of those that cannot be told from the best", () => {
  const { chosen, comparison } = chooseTrial([
    trial("baseline", right(2)),
    trial("large", right(17), { tokens: 900 }),
    trial("small", right(16), { tokens: 200 }),
    trial("middle", right(16), { tokens: 500 }),
  ]);
  assert.equal(chosen?.name, "small");
  assert.deepEqual([comparison?.first, comparison?.second, comparison?.comparisons], ["large", "small", 3]);
});

Deno.test("chooseTrial() goes by dollars first, then by tokens", () => {
  const trials = [
    trial("baseline", right(0), { usd: 0.001 }),
    trial("cheap", right(15), { usd: 0.002, tokens: 900 }),
    trial("dear", right(15), { usd: 0.003, tokens: 200 }),
  ];
  assert.equal(chooseTrial(trials).chosen?.name, "cheap");
  const free = trials.map((one) => ({ ...one, cost: { ...one.cost, usd: null } }));
  assert.equal(chooseTrial(free).chosen?.name, "dear");
});

Deno.test("chooseTrial() asks more of the evidence the more candidates there are", () => {
  // 6 newly right and none newly wrong: p 0.016 alone, 0.047 of three, 0.063 of four
  const others = (count: number) =>
    Array.from({ length: count }, (_, index) => trial(`other ${index}`, right(10), { tokens: 101 + index }));
  const best = trial("best", right(16), { tokens: 900 });
  assert.equal(chooseTrial([trial("baseline", right(10)), ...others(2), best]).chosen?.name, "best");
  assert.equal(chooseTrial([trial("baseline", right(10)), ...others(3), best]).chosen?.name, "baseline");
});

Deno.test("chooseTrial() takes no trial that a limit cut short", () => {
  const cut = trial("cut", right(12, 12), { planned: 20 });
  assert.equal(chooseTrial([trial("baseline", right(1)), cut]).chosen?.name, "baseline");
  assert.deepEqual(chooseTrial([cut]), { chosen: undefined, verdict: "nothing was measured to its end" });
});

Deno.test("chooseTrial() keeps the program as it stands when none beats it", () => {
  const { chosen, verdict } = chooseTrial([
    trial("baseline", right(10)),
    trial("few", right(9), { tokens: 300 }),
  ]);
  assert.equal(chosen?.name, "baseline");
  assert.match(verdict, /baseline, which none beats/);
});
