import type { Interval } from "../../stats/mod.ts";
import type { Gain } from "./gain.ts";
import type { CallMeasure } from "./measure.ts";
import type { PerCallReport, TriedStrengthening } from "./report.ts";

/** A per-call search in sentences: what each call does, what each strengthening gives and costs, what to do. */
export function perCallText(report: PerCallReport): string {
  const { workflow, cases, baseline, measured: { calls, errors }, tried, inapplicable, recommended } = report;
  const compared = tried.filter(({ gain }) => gain).length;
  return [
    `${workflow} as it stands: ${rateText(baseline)} right on ${cases} dev cases.`,
    ...calls.map((call) => callText(call, report)),
    ...(errors.noneOfItsOwn > 0
      ? [`no call was wrong in a field of its own in ${errors.noneOfItsOwn} of ${errors.total} errors`]
      : []),
    "",
    ...tried.map((one) => triedText(one, report)),
    ...inapplicable.map(({ strengthening, calls }) =>
      `${strengthening} changes nothing on ${calls.map(quoted).join(", ")}: not tried there`
    ),
    ...(compared > 0
      ? [
        `Differences are paired by case, with Tango's intervals, which hold together at 95%${
          compared > 1 ? ` for ${compared} comparisons` : ""
        }; cases count as independent.`,
      ]
      : []),
    "",
    recommended
      ? `Recommended: ${
        whatText(recommended)
      }, the cheapest whose interval lies above 0. In task.ts:\n  ${recommended.code}`
      : `Recommended: none, as ${
        compared > 0 ? "no interval lies above 0" : "nothing was tried to its end"
      }.`,
  ].join("\n");
}

function callText(call: CallMeasure, { samples, measured: { errors } }: PerCallReport): string {
  const { name, called, accuracy, instability, firstWrong, abstained, failed } = call;
  const others = [abstained > 0 && `${abstained} abstained`, failed > 0 && `${failed} failed`].filter(
    Boolean,
  );
  return [
    `${quoted(name)}: called ${called} times${others.length > 0 ? ` (${others.join(", ")})` : ""}`,
    accuracy ? `${rateText(accuracy)} right` : "no field of the task",
    instability === null ? "not sampled" : `instability ${instability.toFixed(2)} over ${samples} samples`,
    `first wrong in ${firstWrong} of ${errors.total} errors`,
  ].join("; ");
}

function triedText(one: TriedStrengthening, { baseline }: PerCallReport): string {
  const { gain, right, total } = one;
  if (!gain) return `${whatText(one)}: stopped by a limit after ${total} cases, so nothing can be said`;
  const { comparison: { difference, interval, onlyFirst, onlySecond }, verdict } = gain;
  return `${whatText(one)}: ${signed(100 * difference)} points ${pointsText(interval)} for ${
    costText(gain)
  }: ${verdict}. ` +
    `${baseline.right}/${baseline.total} right before, ${right}/${total} after ` +
    `(${onlyFirst} newly right, ${onlySecond} newly wrong); a case ${
      signed(gain.requestsPerCase)
    } requests, ` +
    `${signed(gain.inputTokensPerCase)} tokens in, ${signed(gain.outputTokensPerCase)} out; ${
      gainText(gain)
    }.`;
}

function whatText({ strengthening, calls, everywhere }: TriedStrengthening): string {
  if (calls.length === 1) return `${strengthening} on ${quoted(calls[0] ?? "")} only`;
  return `${strengthening} on ${everywhere ? "all calls" : calls.map(quoted).join(", ")}`;
}

function costText({ usdPer100Cases: usd }: Gain): string {
  if (usd === null) return "an unknown price";
  if (usd === 0) return "no price (own hardware or the same cost)";
  return `${usd > 0 ? "+" : "-"}${amount(Math.abs(usd))} USD per 100 cases`;
}

function gainText({ rightPerUsd, rightPer1000Requests, usdPer100Cases: usd }: Gain): string {
  const perUsd = rightPerUsd !== null
    ? `${signed(rightPerUsd)} right answers per USD`
    : usd === null
    ? "no gain per USD, as the price is unknown"
    : usd === 0
    ? "no gain per USD, as there is no price"
    : "no gain per USD, as it costs less";
  const perRequests = rightPer1000Requests !== null
    ? `${signed(rightPer1000Requests)} per 1000 requests`
    : "none per 1000 requests, as there are no more of them";
  return `${perUsd}, ${perRequests}`;
}

function rateText(
  { right, total, interval }: { right: number; total: number; interval: Interval | null },
): string {
  return `${right}/${total}${interval ? ` ${pointsText(interval, "%")}` : ""}`;
}

function pointsText([low, high]: Interval, unit = ""): string {
  return `[${(100 * low).toFixed(1)}, ${(100 * high).toFixed(1)}]${unit}`;
}

function signed(value: number): string {
  const text = amount(Math.abs(value));
  return Number(text) === 0 ? "0" : `${value > 0 ? "+" : "-"}${text}`;
}

/** One decimal from 1 on, else two digits that count. */
function amount(value: number): string {
  return value >= 1 || value === 0
    ? value.toFixed(1).replace(/\.0$/, "")
    : String(Number(value.toPrecision(2)));
}

function quoted(name: string): string {
  return `\`${name}\``;
}
