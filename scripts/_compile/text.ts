import type { Compilation, CompileEvent } from "../../lib/experiment/mod.ts";
import type { ArtifactFile, Cost, TriedCandidate } from "../../lib/optimize/mod.ts";
import {
  formatCount,
  formatInterval,
  formatPercent,
  formatUsd,
  plain,
  textTable,
} from "../../lib/report/mod.ts";

/** What a compilation will do, before its first request. */
export function headerOf(
  { cell, mode, train, dev }: Extract<CompileEvent, { type: "planned" }>,
  optimizer: string,
  seed: number,
): string {
  const { model } = cell;
  return [
    `Compiling ${cell.id} with ${optimizer}: learns from ${formatCount(train)} train cases, chooses by ${
      formatCount(dev)
    } dev cases; seed ${seed}; mode ${mode}.`,
    `  ${model.name}: endpoint ${model.endpoint.baseUrl ?? model.endpoint.id}, price ${
      model.price ? `${model.price.source} (${model.price.asOf})` : "unknown"
    }`,
    "",
  ].join("\n");
}

/** What was tried, what was chosen and why, and what it cost. */
export function resultText({ optimized, artifact }: Compilation): string {
  const { notes, verdict, cost, status, report } = optimized;
  return [
    ...(artifact ? [triedTable(artifact.tried), ""] : []),
    ...notes.map(plain),
    ...(report ? ["", report.text, ""] : []),
    `verdict: ${plain(verdict)}`,
    ...(artifact ? [`chosen: ${artifact.chosen} (${contentOf(artifact)})`] : []),
    ...(optimized.trials.length > 1
      ? ["dev scores of what was chosen by them are optimistic: measure it on test cases"]
      : []),
    "",
    `${status}: ${costText(cost)}`,
  ].join("\n");
}

function triedTable(tried: readonly TriedCandidate[]): string {
  const columns = [
    { title: "candidate" },
    { title: "examples", align: "right" as const },
    { title: "right on dev", align: "right" as const },
    { title: "share" },
    { title: "95%" },
    { title: "not right" },
    { title: "tokens a case", align: "right" as const },
    { title: "cost" },
  ];
  return textTable(
    columns,
    tried.map(({ name, demos, right, total, planned, interval, categories, cost }) => [
      name,
      String(Object.values(demos).reduce((sum, ids) => sum + ids.length, 0)),
      `${right}/${total}${total < planned ? ` of ${planned}` : ""}`,
      total === 0 ? "" : formatPercent(right / total),
      interval ? formatInterval(interval) : "",
      Object.entries(categories).filter(([category]) => category !== "correct")
        .map(([category, count]) => `${count} ${category}`).join(", "),
      total === 0 ? "" : formatCount((cost.inputTokens + cost.outputTokens) / total),
      formatUsd(cost.usd),
    ]),
  );
}

function contentOf({ demos, instructions }: ArtifactFile): string {
  const counts = Object.entries(demos).map(([name, list]) => `${list.length} examples for ${name}`);
  const rewritten = Object.keys(instructions).map((name) => `instructions of ${name}`);
  return [...counts, ...rewritten].join(", ") || "nothing is put into it";
}

function costText({ calls, inputTokens, outputTokens, usd }: Cost): string {
  return `${formatCount(calls)} requests, stored ones included; ${formatCount(inputTokens)} tokens in, ${
    formatCount(outputTokens)
  } out; ${formatUsd(usd)}`;
}
