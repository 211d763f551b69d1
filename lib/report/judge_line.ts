import type { JudgeSummary, RunSummary } from "../experiment/mod.ts";
import { formatCount, formatUsd } from "./format.ts";

/**
 * What the judges of a run said and cost, one line; the matrix has none of it.
 *
 * @returns `undefined` when no judge was asked.
 */
export function judgeLine({ cells }: RunSummary): string | undefined {
  const judges = cells.flatMap(({ judge }) => judge ?? []);
  if (judges.length === 0) return undefined;
  const sum = (part: (judge: JudgeSummary) => number) =>
    formatCount(judges.reduce((all, one) => all + part(one), 0));
  const costs = judges.map(({ costUsd }) => costUsd);
  const cost = costs.reduce((all, one) => all === null || one === null ? null : all + one, 0);
  return [
    `judges, not in the table: ${sum(({ asked }) => asked)} asked, ${sum(({ passed }) => passed)} pass`,
    `${sum(({ failed }) => failed)} fail`,
    `${sum(({ errors }) => errors)} without a verdict; ${sum(({ calls }) => calls.total)} calls`,
    `tokens in/out ${sum(({ tokens }) => tokens.input)}/${sum(({ tokens }) => tokens.output)}`,
    `cost ${formatUsd(cost)}`,
  ].join(", ");
}
