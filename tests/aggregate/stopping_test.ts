import {
  adaptive,
  fixed,
  majority,
  median,
  precise,
  type SampledField,
  unanimous,
} from "@lib/aggregate/mod.ts";
import { canonicalJson } from "@lib/io/mod.ts";
import { hodgesLehmann, median as middle, seededRandom } from "@lib/stats/mod.ts";
import assert from "node:assert/strict";
import { ABSTAINED, FAILED, stating } from "./_samples.ts";

const LETTER = { name: "letter", compare: { by: "enum" as const } };
const SHARE = { name: "share", compare: { by: "percent" as const } };
const letters = (samples: SampledField["samples"]): SampledField => ({
  field: LETTER,
  aggregator: majority(),
  samples,
});
const shares = (samples: SampledField["samples"]): SampledField => ({
  field: SHARE,
  aggregator: median(),
  samples,
});
const spelt = (text: string) => letters(stating(...text));

Deno.test("fixed() draws its number once", () => {
  const rule = fixed(5);
  assert.equal(rule.next([letters([])]), 5);
  assert.equal(rule.next([spelt("ABCDE")]), 0);
  assert.equal(rule.next([letters([FAILED, ABSTAINED, ...stating("A")])]), 2);
  assert.equal(rule.next([spelt("ABCDEFG")]), 0);
});

Deno.test("unanimous() stops at the first window whose samples agree", () => {
  const rule = unanimous({ window: 3, atMost: 9 });
  assert.deepEqual([rule.least, rule.most], [3, 9]);
  assert.equal(rule.next([letters([])]), 3);
  assert.equal(rule.next([spelt("AAA")]), 0);
  assert.equal(rule.next([spelt("AAB")]), 3);
  assert.equal(rule.next([spelt("ABABBB")]), 0, "the second window agrees");
  assert.equal(rule.next([spelt("AABBBA")]), 3, "agreement across windows is none");
  assert.equal(rule.next([spelt("AABAABAAB")]), 0, "at most nine");
});

Deno.test("unanimous() asks for the rest of a window, and for no more than atMost", () => {
  const rule = unanimous({ window: 3, atMost: 4 });
  assert.equal(rule.next([spelt("A")]), 2);
  assert.equal(rule.next([spelt("AB")]), 1);
  assert.equal(rule.next([spelt("ABB")]), 1);
  assert.equal(unanimous({ window: 5, atMost: 2 }).least, 2);
});

Deno.test("unanimous() takes a sample without a value as agreeing with none, and wants every field to agree", () => {
  const rule = unanimous({ window: 2, atMost: 6 });
  assert.equal(rule.next([letters([ABSTAINED, ABSTAINED])]), 2);
  assert.equal(rule.next([letters([...stating("A"), FAILED])]), 2);
  assert.equal(rule.next([spelt("AA"), spelt("AB")]), 2);
  assert.equal(rule.next([spelt("AA"), shares(stating(12, 0.13))]), 0, "numbers agree within the tolerance");
});

Deno.test("precise() draws atLeast, then one by one until the interval is narrow enough", () => {
  const rule = precise({ within: 1, atLeast: 5, atMost: 8 });
  assert.deepEqual([rule.least, rule.most], [5, 8]);
  assert.equal(rule.next([shares([])]), 5);
  assert.equal(rule.next([shares(stating(12, 13))]), 3);
  assert.equal(rule.next([shares(stating(12, 12.5, 11.8, 12.2, 12.1))]), 0);
  assert.equal(rule.next([shares(stating(10, 20, 30, 40, 50))]), 1);
  assert.equal(rule.next([shares(stating(10, 20, 30, 40, 50, 60, 70, 80))]), 0, "at most eight");
});

Deno.test("precise() goes by t(n - 1) x scaled MAD / sqrt(n)", () => {
  const samples = shares(stating(10, 11, 12, 13, 14)); // 2.776445 x 1.482602 / sqrt(5)
  assert.equal(precise({ within: 1.8409 }).next([samples]), 0);
  assert.equal(precise({ within: 1.8408 }).next([samples]), 1);
});

Deno.test("precise() does not take a MAD of 0 for certainty: half the tolerance or the IQR stands in", () => {
  const same = shares(stating(12, 12, 12, 12, 12)); // 2.776445 x (2 / 2) / sqrt(5)
  assert.equal(precise({ within: 1.2417 }).next([same]), 0);
  assert.equal(precise({ within: 1.2416 }).next([same]), 1);
  const apart = shares(stating(10, 10, 10, 10, 30, 30)); // 2.570582 x 15 / 1.349 / sqrt(6)
  assert.equal(precise({ within: 11.67 }).next([apart]), 0);
  assert.equal(precise({ within: 11.66 }).next([apart]), 1);
});

Deno.test("precise() needs atLeast numbers, not just samples, and is not held up by fields without numbers", () => {
  const rule = precise({ within: 5 });
  assert.equal(rule.next([shares([...stating(12, 12, 12, 12), FAILED])]), 1);
  assert.equal(rule.next([spelt("ABCDE")]), 0);
  assert.equal(rule.next([shares(stating(null, null, null, null, null))]), 0);
  assert.equal(rule.next([spelt("ABCDE"), shares(stating(0, 20, 40, 60, 80))]), 1);
});

Deno.test("precise() holds the centre of normal samples less often than 95%: 87% at 0.6 deviations, after 9.7 samples", () => {
  const runs = 400;
  const random = seededRandom(5);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const rule = precise({ within: 0.6, atMost: 200 });
  const field = { name: "x", compare: { by: "number" as const } };
  let [held, drawn] = [0, 0];
  for (let run = 0; run < runs; run++) {
    const values: number[] = [];
    for (let more = 5; more > 0;) {
      for (; more > 0; more--) values.push(normal());
      more = rule.next([{ field, aggregator: median({ within: 3 }), samples: stating(...values) }]);
    }
    const centre = values.length < 9 ? middle(values) : hodgesLehmann(values);
    if (Math.abs(centre) <= 0.6) held++;
    drawn += values.length;
  }
  assert(Math.abs(held / runs - 0.866) < 3 * Math.sqrt(0.866 * 0.134 / runs), `held ${held / runs}`);
  assert(Math.abs(drawn / runs - 9.7) < 1, `drew ${drawn / runs}`);
});

const RULES = [fixed(3), adaptive(), unanimous(), precise({ within: 1 })];

for (const rule of RULES) {
  Deno.test(`${rule.name}() throws a RangeError when no field is watched or the fields differ in their samples`, () => {
    assert.throws(() => rule.next([]), RangeError);
    assert.throws(() => rule.next([spelt("AA"), spelt("A")]), RangeError);
  });

  Deno.test(`${rule.name}() describes itself as data, and draws between least and most`, () => {
    assert.equal(rule.describe().name, rule.name);
    assert.equal(canonicalJson(rule.describe()), canonicalJson(rule.describe()));
    assert.equal(rule.next([letters([])]), rule.least);
    assert(rule.least <= rule.most);
  });

  Deno.test(`${rule.name}() ends though every sample fails`, () => {
    const samples: SampledField["samples"][number][] = [];
    for (let more = rule.least; more > 0; more = rule.next([shares(samples)])) {
      for (; more > 0; more--) samples.push(FAILED);
    }
    assert(samples.length <= rule.most);
  });
}

for (
  const [name, make] of [
    ["fixed(0)", () => fixed(0)],
    ["fixed(1.5)", () => fixed(1.5)],
    ["unanimous({ window: 1 })", () => unanimous({ window: 1 })],
    ["precise({ within: 0 })", () => precise({ within: 0 })],
    ["precise({ within: 1, atLeast: 1 })", () => precise({ within: 1, atLeast: 1 })],
    ["precise({ within: 1, atMost: 4 })", () => precise({ within: 1, atMost: 4 })],
  ] as const
) {
  Deno.test(`${name} throws a RangeError`, () => {
    assert.throws(make, RangeError);
  });
}
