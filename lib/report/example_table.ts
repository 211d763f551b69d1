import type { StaleReport } from "../program/mod.ts";
import { formatCount, formatInterval } from "./format.ts";
import type { Table } from "./text_table.ts";

/** What the columns of {@linkcode exampleRows} mean, one sentence a line. */
export const EXAMPLE_LEGEND: readonly string[] = [
  "shown: predictions for which the example was shown; wrong of them, and wrong of the others.",
  "goes with errors: the 95% interval (Wilson) of its error rate is above the rate of all; cannot tell: shown too rarely.",
];

/** Use counts of solved cases, the most shown first. */
export function exampleRows({ items }: StaleReport): Table {
  return {
    columns: [
      { title: "example" },
      { title: "shown", align: "right" },
      { title: "wrong when shown", align: "right" },
      { title: "95% interval" },
      { title: "wrong when not", align: "right" },
      { title: "verdict" },
    ],
    rows: items.toSorted((a, b) => b.used - a.used).map((item) => [
      item.id,
      formatCount(item.used),
      `${formatCount(item.wrongWhenUsed)}/${formatCount(item.used)}`,
      item.errorRate ? formatInterval(item.errorRate) : "",
      `${formatCount(item.wrongWhenNotUsed)}/${formatCount(item.notUsed)}`,
      item.verdict,
    ]),
  };
}
