import { adaptive, leadProbability, majority, median, type SampledField } from "@lib/aggregate/mod.ts";
import { seededRandom } from "@lib/stats/mod.ts";
import fc from "fast-check";
import assert from "node:assert/strict";
import { ABSTAINED, FAILED, stating } from "./_samples.ts";

const LETTER = { name: "letter", compare: { by: "enum" as const } };
const SHARE = { name: "share", compare: { by: "percent" as const } };
const letters = (samples: SampledField["samples"]): SampledField => ({
  field: LETTER,
  aggregator: majority(),
  samples,
});
const votes = (a: number, b: number) => letters(stating(...Array(a).fill("A"), ...Array(b).fill("B")));

for (
  const [a, b, probability] of [
    [3, 0, ".9375"],
    [4, 0, ".96875"],
    [5, 1, ".9375"],
    [6, 1, ".964844"],
    [7, 2, ".945312"],
    [8, 2, ".967285"],
  ] as const
) {
  Deno.test(`leadProbability() of ${a} votes to ${b} is ${probability}`, () => {
    // 1e-6 as .945312 is .9453125, which rounds either way
    assert(Math.abs(leadProbability(a, b) - Number(probability)) < 1e-6);
  });

  Deno.test(`adaptive() ${Number(probability) >= 0.95 ? "stops" : "goes on"} at ${a} votes to ${b}`, () => {
    assert.equal(adaptive().next([votes(a, b)]) === 0, Number(probability) >= 0.95);
  });
}

Deno.test("adaptive() asks for four at first, and then for as many as would do if all agreed", () => {
  const rule = adaptive({ atMost: 20 });
  assert.deepEqual([rule.least, rule.most], [4, 20]);
  assert.equal(rule.next([letters([])]), 4);
  assert.equal(rule.next([votes(3, 1)]), 3);
  assert.equal(rule.next([votes(2, 2)]), 6);
});

Deno.test("adaptive() never draws more than atMost, not even at first", () => {
  assert.deepEqual([adaptive({ atMost: 3 }).least, adaptive({ atMost: 3 }).next([letters([])])], [3, 3]);
  assert.equal(adaptive({ atMost: 5 }).next([votes(3, 1)]), 1);
  assert.equal(adaptive({ atMost: 4 }).next([votes(2, 2)]), 0);
  assert.equal(adaptive({ atMost: 3 }).next([votes(2, 2)]), 0);
});

Deno.test("adaptive() goes by the field with the least certain vote", () => {
  const sure = votes(4, 0);
  assert.equal(adaptive().next([sure, votes(3, 1)]), 3);
  assert.equal(adaptive().next([sure, sure]), 0);
});

Deno.test("adaptive() counts groups of numbers, not their digits", () => {
  const shares: SampledField = { field: SHARE, aggregator: median(), samples: stating(12, 12.5, 0.12, 11.9) };
  assert.equal(adaptive().next([shares]), 0);
});

Deno.test("adaptive() asks again for samples that said nothing", () => {
  assert.equal(adaptive().next([letters([...stating("A", "A", "A"), ABSTAINED])]), 1);
  assert.equal(adaptive({ atMost: 6 }).next([letters([FAILED, FAILED, ABSTAINED, FAILED])]), 2);
});

Deno.test("adaptive() in batches ends where asking one by one would", () => {
  const rule = adaptive({ atMost: 12 });
  fc.assert(
    fc.property(fc.array(fc.constantFrom("A", "B", "C"), { minLength: 12, maxLength: 12 }), (stream) => {
      let drawn = 0;
      for (;;) {
        const more = rule.next([letters(stating(...stream.slice(0, drawn)))]);
        if (more === 0) break;
        drawn += more;
      }
      const single = stream.findIndex((_, index) =>
        rule.next([letters(stating(...stream.slice(0, index)))]) === 0
      );
      assert.equal(drawn, single === -1 ? 12 : single);
    }),
  );
});

// the caveat of looking again and again: wrong at .95 far more often than 5% when votes are close
for (const [p, wrong, mean] of [[0.6, 0.118, 23.9], [0.7, 0.015, 15.1], [0.8, 0.0025, 8.9]] as const) {
  Deno.test(`adaptive() is wrong in ${wrong} of cases after ${mean} samples when single ones are right in ${p}`, () => {
    const cases = 1000;
    const random = seededRandom(11);
    const ends = Array.from({ length: cases }, () => runVote(random, p));
    const rate = ends.filter(({ right, total }) => 2 * right <= total).length / cases;
    const length = ends.reduce((sum, { total }) => sum + total, 0) / cases;
    assert(Math.abs(rate - wrong) <= 3 * Math.sqrt(wrong * (1 - wrong) / cases) + 0.0005, `wrong ${rate}`);
    const deviation = Math.sqrt(ends.reduce((sum, { total }) => sum + (total - length) ** 2, 0) / cases);
    assert(Math.abs(length - mean) <= 3 * deviation / Math.sqrt(cases) + 0.05, `mean length ${length}`);
  });
}

/** A vote between two values, by the counts alone; the rule itself is shown to stop at the same counts above. */
function runVote(random: () => number, p: number): { right: number; total: number } {
  let [right, wrong] = [0, 0];
  while (right + wrong < 40 && leadProbability(Math.max(right, wrong), Math.min(right, wrong)) < 0.95) {
    if (random() < p) right++;
    else wrong++;
  }
  return { right, total: right + wrong };
}

for (
  const options of [{ confidence: 0.5 }, { confidence: 1 }, { confidence: NaN }, { atMost: 0 }, {
    atMost: 2.5,
  }]
) {
  Deno.test(`adaptive() throws a RangeError when given ${JSON.stringify(options)}`, () => {
    assert.throws(() => adaptive(options), RangeError);
  });
}
