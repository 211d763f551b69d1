import type { SampledNumber } from "../experiment/mod.ts";
import { formatCount, formatPercent } from "./format.ts";
import type { Table } from "./text_table.ts";

/** What the columns of {@linkcode spreadRows} mean, one sentence a line. */
export const SPREAD_LEGEND: readonly string[] = [
  "cases: predictions in which the number was sampled; agreement: mean share of the samples behind the value.",
  "unit repaired: cases with a sample in another unit; several modes: cases whose samples were not averaged, as no group within the tolerance was large enough.",
  "range, spread: medians over cases, in the field's unit, of the samples as stated; spread is a scaled MAD, also after unit repair.",
];

/** The spread of sampled numbers before and after the control loop, one row a cell and field. */
export function spreadRows(numbers: readonly SampledNumber[]): Table {
  return {
    columns: [
      { title: "number" },
      { title: "cell" },
      { title: "cases", align: "right" },
      { title: "agreement", align: "right" },
      { title: "unit repaired", align: "right" },
      { title: "several modes", align: "right" },
      { title: "range", align: "right" },
      { title: "spread", align: "right" },
      { title: "after repair", align: "right" },
    ],
    rows: numbers.map((number) => [
      number.field,
      number.cell,
      formatCount(number.cases),
      formatPercent(number.agreement),
      `${formatCount(number.repaired)}/${formatCount(number.cases)}`,
      `${formatCount(number.severalModes)}/${formatCount(number.cases)}`,
      number.statedRange.toFixed(1),
      number.statedSpread.toFixed(1),
      number.spread.toFixed(1),
    ]),
  };
}
