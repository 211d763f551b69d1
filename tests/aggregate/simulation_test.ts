import { type FieldVerdict, leadingValue, majority, median } from "@lib/aggregate/mod.ts";
import {
  binomialCdf,
  hodgesLehmann,
  huberMean,
  median as middle,
  seededRandom,
  trimmedMean,
} from "@lib/stats/mod.ts";
import assert from "node:assert/strict";
import { decide, stating, valueOf } from "./_samples.ts";

/*
 * How often the centre of K samples lies within 5% of the truth, 12. A sample is normal with mean 12 and deviation 0.5;
 * with the probability `unit` it is stated as a share of one (a hundredth), with the probability `gross` it is anything,
 * uniform from 0 to 100. The published accuracies have three digits; they are met within three standard errors of
 * 4,000 replicates, plus half of the last digit.
 */
const REPLICATES = 4000;
const TRUTH = 12;

interface Setting {
  k: number;
  unit: number;
  gross: number;
}

function draw({ k, unit, gross }: Setting, random: () => number): number[] {
  return Array.from({ length: k }, () => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const [value, kind] = [TRUTH + 0.5 * normal, random()];
    if (kind < unit) return value / 100;
    return kind < unit + gross ? 100 * random() : value;
  });
}

/** The numbers with the repairs of a verdict. */
function mended(values: readonly number[], { repairs = [] }: FieldVerdict): number[] {
  return values.map((value, sample) => repairs.find((repair) => repair.sample === sample)?.value ?? value);
}

const loop = (values: readonly number[]) => decide(median(), { by: "percent" }, stating(...values));
const clusters = (values: readonly number[]) =>
  decide(median(), { by: "number", abs: 2 }, stating(...values));

/** The centre of some samples by every estimator. */
function centres(values: readonly number[]) {
  const controlled = loop(values);
  return {
    "the mean": trimmedMean(values, 0),
    "the 20% trimmed mean": trimmedMean(values, 0.2),
    "Hodges-Lehmann": hodgesLehmann(values),
    "Huber's mean": huberMean(values),
    "the median": middle(values),
    "the median of the largest group": Number(leadingValue(clusters(values))),
    "unit repair and median": middle(mended(values, controlled)),
    "the control loop": Number(leadingValue(controlled)),
  };
}

type Estimator = keyof ReturnType<typeof centres>;

/** Share of replicates in which each estimator is right. */
function accuracies(setting: Setting): (estimator: Estimator) => number {
  const random = seededRandom(36);
  const replicates = Array.from({ length: REPLICATES }, () => centres(draw(setting, random)));
  return (estimator) =>
    replicates.filter((found) => Math.abs(found[estimator] - TRUTH) <= 0.05 * TRUTH).length / REPLICATES;
}

const PUBLISHED: readonly [string, Setting, Partial<Record<Estimator, number>>][] = [
  ["five samples, 10% unit errors and 5% gross", { k: 5, unit: 0.1, gross: 0.05 }, {
    "the mean": 0.452,
    "the 20% trimmed mean": 0.863,
    "Hodges-Lehmann": 0.853,
    "Huber's mean": 0.863,
    "the median": 0.917,
    "the median of the largest group": 0.948,
    "unit repair and median": 0.959,
  }],
  ["seven samples, 10% unit errors and 5% gross", { k: 7, unit: 0.1, gross: 0.05 }, {
    "the mean": 0.339,
    "the 20% trimmed mean": 0.797,
    "Hodges-Lehmann": 0.905,
    "Huber's mean": 0.900,
    "the median": 0.953,
    "the median of the largest group": 0.975,
    "unit repair and median": 0.983,
  }],
  ["five samples, 25% unit errors", { k: 5, unit: 0.25, gross: 0 }, {
    "the mean": 0.234,
    "the median": 0.778,
    "the median of the largest group": 0.862,
    "unit repair and median": 0.974,
  }],
  ["five clean samples", { k: 5, unit: 0, gross: 0 }, {
    "the mean": 0.993,
    "the median": 0.975,
    "Hodges-Lehmann": 0.991,
  }],
];

for (const [name, setting, published] of PUBLISHED) {
  Deno.test(`of ${name}, the accuracies are the published ones, and the control loop is never worse`, () => {
    const accuracyOf = accuracies(setting);
    for (const [estimator, accuracy] of Object.entries(published)) {
      const error = 3 * Math.sqrt(accuracy * (1 - accuracy) / REPLICATES) + 0.0005;
      const found = accuracyOf(estimator as Estimator);
      assert(Math.abs(found - accuracy) <= error, `${estimator}: ${found}, published ${accuracy} ± ${error}`);
    }
    const [controlled, median] = [accuracyOf("the control loop"), accuracyOf("unit repair and median")];
    assert(controlled >= median - 0.005, `control loop ${controlled}, unit repair and median ${median}`);
  });
}

Deno.test("unit repair is worth more than four further samples", () => {
  const random = seededRandom(9);
  const further = Array.from(
    { length: REPLICATES },
    () => middle(draw({ k: 9, unit: 0.25, gross: 0 }, random)),
  );
  const accuracy = further.filter((found) => Math.abs(found - TRUTH) <= 0.05 * TRUTH).length / REPLICATES;
  assert(
    accuracy < 0.96,
    `the median of nine is right in ${accuracy}, unit repair and the median of five in .974`,
  );
});

// accuracy of a majority of m binary votes, each right with probability p, ties being impossible
for (
  const [p, m, accuracy] of [
    [0.6, 3, ".648"],
    [0.6, 5, ".6826"],
    [0.6, 9, ".7334"],
    [0.6, 15, ".7869"],
    [0.8, 3, ".896"],
    [0.8, 5, ".9421"],
    [0.8, 9, ".9804"],
    [0.8, 15, ".9958"],
    [0.45, 3, ".4253"],
    [0.45, 5, ".4069"],
    [0.45, 9, ".3786"],
    [0.45, 15, ".3465"],
  ] as const
) {
  Deno.test(`a majority of ${m} votes that are each right in ${p * 100}% is right in ${accuracy}`, () => {
    const probability = (right: number) => binomialCdf(right, m, p) - binomialCdf(right - 1, m, p);
    const total = Array.from({ length: m + 1 }, (_, right) => {
      const samples = stating(...Array(right).fill("right"), ...Array(m - right).fill("wrong"));
      return valueOf(decide(majority(), { by: "enum" }, samples)) === "right" ? probability(right) : 0;
    }).reduce((sum, value) => sum + value, 0);
    assert.equal(total.toFixed(accuracy.length - 1), `0${accuracy}`);
  });
}
