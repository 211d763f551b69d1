import { formatCount, formatInterval, formatPercent, plain, textTable } from "../lib/report/mod.ts";
import type { RowRate, RowsScore, TaskRowsScore } from "../lib/scoring/mod.ts";

/** A score with all that is printed beside it. */
export interface Scored {
  score: RowsScore | TaskRowsScore;
  /** Where the truth came from. */
  truth: string;
  /** What else a reader must know, one sentence each. */
  notes: string[];
  /** Verdict of the gate. `inconclusive` is no pass. */
  gate?: "pass" | "fail" | "inconclusive";
}

/** Rows that are not correct and are shown. */
const MOST_ROWS = 10;

/** A score as plain text; the last line has numerator, denominator and interval. */
export function scoreText({ score, truth, notes, gate }: Scored): string {
  const wrong = score.rows.filter(({ outcome }) => outcome !== "correct");
  const isTask = "missingAsWrong" in score;
  return [
    `Scored ${rowCount(score.total)} against ${truth}; no model was called.\n`,
    outcomeTable(score),
    ...(score.fields ? ["", fieldTable(score.fields)] : []),
    ...(wrong.length > 0 ? ["", rowTable(wrong)] : []),
    "",
    ...notes,
    ...(isTask ? apart(score) : []),
    ...(gate ? [`gate ${gate}`] : []),
    `correct: ${rateText(score, isTask ? "rows with a known id" : "rows")}`,
  ].join("\n");
}

/** A number of rows in words. */
export function rowCount(count: number): string {
  return `${formatCount(count)} ${count === 1 ? "row" : "rows"}`;
}

function outcomeTable({ categories, total }: RowsScore): string {
  return textTable(
    [{ title: "outcome" }, { title: "rows", align: "right" }, { title: "share", align: "right" }],
    Object.entries(categories).filter(([, count]) => count > 0).toReversed()
      .map(([name, count]) => [name, formatCount(count), formatPercent(count / total)]),
  );
}

function fieldTable(fields: NonNullable<RowsScore["fields"]>): string {
  return textTable(
    [
      { title: "field" },
      { title: "correct", align: "right" },
      { title: "rate", align: "right" },
      { title: "95% interval" },
      { title: "other outcomes" },
    ],
    Object.entries(fields).map(([name, { correct, total, rate, interval, outcomes }]) => {
      const others = Object.entries(outcomes).filter(([outcome]) => outcome !== "correct");
      return [
        name,
        `${formatCount(correct)}/${formatCount(total)}`,
        formatPercent(rate),
        formatInterval(interval),
        others.sort(([, a], [, b]) => b - a).map(([outcome, count]) => `${outcome} ${formatCount(count)}`)
          .join(", "),
      ];
    }),
  );
}

function rowTable(wrong: RowsScore["rows"]): string {
  const table = textTable(
    [{ title: "not correct" }, { title: "line", align: "right" }, { title: "outcome" }, { title: "why" }],
    wrong.slice(0, MOST_ROWS).map(({ id, sample, line, outcome, reason, fields = {} }) => [
      sample === undefined ? id : `${id}, sample ${sample}`,
      String(line),
      outcome,
      reason ?? Object.entries(fields).filter(([, field]) => field.outcome !== "correct")
        .map(([name, field]) => `${name} ${field.outcome}`).join(", "),
    ]),
  );
  const rest = wrong.length - MOST_ROWS;
  return rest > 0 ? `${table}\nand ${formatCount(rest)} more: --format json has them all` : table;
}

/** What the file lacks and what the task does not know, each with its effect on the denominator. */
function apart({ missingFromFile, unknownIds, missingAsWrong }: TaskRowsScore): string[] {
  const unknown = unknownIds.map(({ id, line }) => `${id} on line ${line}`);
  const missing = missingFromFile.length;
  return [
    ...(unknown.length > 0
      ? [`unknown to the task: ${rowCount(unknown.length)} (${some(unknown)}); not in the denominator`]
      : []),
    ...(missing > 0
      ? [
        `missing from the file: ${formatCount(missing)} ${missing === 1 ? "case" : "cases"} (${
          some(missingFromFile)
        }); not in the denominator`,
        `if each of these were wrong: ${rateText(missingAsWrong, "rows and missing cases")}`,
      ]
      : []),
  ];
}

function rateText({ correct, total, rate, interval }: RowRate, what: string): string {
  return `${formatCount(correct)} of ${formatCount(total)} ${what} = ${formatPercent(rate)}, 95% interval ${
    formatInterval(interval)
  }`;
}

function some(names: readonly string[]): string {
  return plain(names.slice(0, 3).join(", ")) + (names.length > 3 ? ", …" : "");
}
