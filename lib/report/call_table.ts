import type { CallSummary, CellSummary, NamedCallSummary, RunSummary } from "../experiment/mod.ts";
import { formatCount, formatDuration, formatInterval, formatPercent, formatUsd } from "./format.ts";
import type { Table } from "./text_table.ts";

/** What the columns of {@linkcode callRows} mean, one sentence a line. */
export const CALL_LEGEND: readonly string[] = [
  "called: times the call was made; ok, abstained, failed, or unknown where a strategy round the workflow kept its requests alone.",
  "accuracy: results whose fields are all correct, of the fields that the task has too; failed and abstained ones count as wrong.",
  "first wrong: observations that are not correct in which this call was the first wrong one; they add up with the rows in brackets.",
  "agreement: mean share of a call's samples behind its least steady field; instability is what is left to 1.",
  "p50, p95, cost, tokens, requests: those of this call alone; time is that of the answering attempts of a case.",
];

/**
 * Every named call of every workflow in a run, one row a call; errors without a wrong call and requests beside all
 * calls have rows of their own, in brackets.
 */
export function callRows({ cells }: RunSummary): Table {
  return {
    columns: [
      { title: "call" },
      { title: "variant" },
      { title: "prompt" },
      { title: "model" },
      { title: "called", align: "right" },
      { title: "status" },
      { title: "accuracy", align: "right" },
      { title: "95% interval" },
      { title: "correct", align: "right" },
      { title: "first wrong", align: "right" },
      { title: "agreement" },
      { title: "p50", align: "right" },
      { title: "p95", align: "right" },
      { title: "cost", align: "right" },
      { title: "tokens in/out", align: "right" },
      { title: "requests", align: "right" },
    ],
    rows: cells.flatMap(rowsOf),
  };
}

function rowsOf(cell: CellSummary): string[][] {
  const { named } = cell;
  if (!named) return [];
  const { total, noneOfItsOwn, unknown } = named.errors;
  const where = [cell.variant, cell.prompt, cell.model];
  const ofErrors = (count: number) => `${formatCount(count)}/${formatCount(total)}`;
  const rest = (name: string, count: number) =>
    count > 0 ? [[name, ...where, "", "", "", "", "", ofErrors(count), "", "", "", "", "", ""]] : [];
  return [
    ...named.calls.map((call) => [
      call.name,
      ...where,
      formatCount(call.called),
      statusOf(call),
      ...(call.accuracy
        ? [
          formatPercent(call.accuracy.rate),
          formatInterval(call.accuracy.interval),
          `${formatCount(call.accuracy.passed)}/${formatCount(call.accuracy.total)}`,
        ]
        : ["-", "", ""]),
      ofErrors(call.firstWrong),
      call.agreement
        ? `${formatPercent(call.agreement.share)}, instability ${formatPercent(call.agreement.instability)}`
        : "not sampled",
      ...spent(call),
    ]),
    ...rest("(none of its own)", noneOfItsOwn),
    ...rest("(unknown)", unknown),
    ...(named.beside
      ? [["(beside the calls)", ...where, "", "", "", "", "", "", "", ...spent(named.beside)]]
      : []),
  ];
}

function statusOf(call: NamedCallSummary): string {
  const counts = (["ok", "abstained", "failed", "unknown"] as const).map((status) => [status, call[status]]);
  return counts.filter(([, count]) => count !== 0).map(([status, count]) => `${status} ${count}`).join(", ");
}

function spent({ latencyMs, costUsd, tokens, calls }: CallSummary): string[] {
  return [
    latencyMs ? formatDuration(latencyMs.p50) : "-",
    latencyMs ? formatDuration(latencyMs.p95) : "-",
    formatUsd(costUsd),
    `${formatCount(tokens.input)}/${formatCount(tokens.output)}${
      tokens.unknownCalls > 0 ? " (some unknown)" : ""
    }`,
    formatCount(calls.total),
  ];
}
