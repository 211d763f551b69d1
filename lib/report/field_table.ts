import type { RunSummary } from "../experiment/mod.ts";
import { formatCount, formatInterval, formatPercent } from "./format.ts";
import type { Table } from "./text_table.ts";

/** What the columns of {@linkcode fieldRows} mean, one sentence a line. */
export const FIELD_LEGEND: readonly string[] = [
  "accuracy: observations in which this field is correct, over all observations, failed ones included.",
  "95% interval: Wilson's, at the effective number of cases, as repeats of a case are not independent.",
  "not correct: observations by outcome of this field, the most frequent first.",
];

/** Accuracy of every output field in every cell, one row a field; cells of one field stand together. */
export function fieldRows({ cells }: RunSummary): Table {
  const names = [...new Set(cells.flatMap(({ fields }) => Object.keys(fields)))];
  return {
    columns: [
      { title: "field" },
      { title: "variant" },
      { title: "prompt" },
      { title: "model" },
      { title: "accuracy", align: "right" },
      { title: "95% interval" },
      { title: "correct", align: "right" },
      { title: "not correct" },
    ],
    rows: names.flatMap((name) =>
      cells.flatMap(({ variant, prompt, model, fields }) => {
        const field = fields[name];
        if (!field) return [];
        const { rate, interval, passed, total, outcomes } = field;
        return [[
          name,
          variant,
          prompt,
          model,
          formatPercent(rate),
          formatInterval(interval),
          `${formatCount(passed)}/${formatCount(total)}`,
          notCorrect(outcomes),
        ]];
      })
    ),
  };
}

function notCorrect(outcomes: Readonly<Record<string, number>>): string {
  const others = Object.entries(outcomes).filter(([outcome, count]) => outcome !== "correct" && count > 0);
  return others.sort(([, a], [, b]) => b - a).map(([outcome, count]) => `${outcome} ${formatCount(count)}`)
    .join(", ") || "none";
}
