import { quantile } from "../stats/mod.ts";
import { canonicalValue, scoredFields, type Signature } from "../signature/mod.ts";
import { type Case, COVERAGES, type Dataset, SPLITS } from "./types.ts";

/** Counts that show what a dataset covers. */
export interface CoverageReport {
  cases: number;
  coverage: Readonly<Record<string, number>>;
  split: Readonly<Record<string, number>>;
  /** Per output field: cases by value, the most frequent 12 first; `other values` sums up the rest. */
  values: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Length of the input texts in characters: shortest, median, longest; pictures do not count. */
  inputCharacters: readonly [number, number, number];
}

const MOST_VALUES = 12;

/**
 * What a dataset covers: coverage classes, splits, the values of each output, input lengths.
 *
 * @param dataset At least one case.
 */
export function coverageReport<I, O>(dataset: Dataset<I, O>, signature: Signature<I, O>): CoverageReport {
  const { cases } = dataset;
  const images = new Set(signature.input.flatMap(({ name, image }) => image ? [name] : []));
  const lengths = cases.map(({ input }) => textLength(input, images)).sort((a, b) => a - b);
  return {
    cases: cases.length,
    coverage: tally(cases.map(({ coverage }) => coverage), COVERAGES),
    split: tally(cases.map(({ split }) => split), SPLITS),
    values: Object.fromEntries(scoredFields(signature).map((field) => [field.name, valuesOf(cases, field)])),
    inputCharacters: [quantile(lengths, 0), quantile(lengths, 0.5), quantile(lengths, 1)],
  };
}

function valuesOf<I, O>(
  cases: readonly Case<I, O>[],
  field: Signature["output"][number],
): Record<string, number> {
  const all = tally(cases.map(({ expected }) => {
    const value = Reflect.get(expected as object, field.name);
    return typeof value === "string" ? value : canonicalValue(value, field.compare);
  }));
  const ranked = Object.entries(all).sort(([, a], [, b]) => b - a);
  const rest = ranked.slice(MOST_VALUES).reduce((sum, [, count]) => sum + count, 0);
  return Object.fromEntries([...ranked.slice(0, MOST_VALUES), ...(rest > 0 ? [["other values", rest]] : [])]);
}

function tally(values: readonly string[], known: readonly string[] = []): Record<string, number> {
  const counts = new Map<string, number>(known.map((name) => [name, 0]));
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return Object.fromEntries(counts);
}

function textLength(input: unknown, images: ReadonlySet<string>): number {
  const texts = Object.entries(input as Record<string, unknown>).filter(([name]) => !images.has(name));
  return texts.reduce<number>(
    (sum, [, value]) => sum + (typeof value === "string" ? value : JSON.stringify(value) ?? "").length,
    0,
  );
}
