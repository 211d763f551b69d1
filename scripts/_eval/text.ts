import type {
  BaselineChange,
  Evaluation,
  GateResult,
  RunEvent,
  SampledNumber,
  ShownRequest,
} from "../../lib/experiment/mod.ts";
import type { StaleReport } from "../../lib/program/mod.ts";
import {
  CALL_LEGEND,
  callRows,
  EXAMPLE_LEGEND,
  exampleRows,
  fieldRows,
  formatCount,
  formatUsd,
  judgeLine,
  MATRIX_LEGEND,
  matrixTable,
  SPREAD_LEGEND,
  spreadRows,
  textTable,
} from "../../lib/report/mod.ts";

/** What a run will do, before its first request; the first line says whether it replays or calls. */
export function headerOf(
  { manifest, mode, plan, found, resumed, recordedOn, folder }: Extract<RunEvent, { type: "planned" }>,
): string {
  const { cells, cases, repeats, seed } = plan;
  const total = cells.length * cases.length * repeats;
  const from = recordedOn.length > 0 ? ` (recordings of ${recordedOn.join(", ")})` : "";
  const asked = [...found.byModel].map(([model, count]) =>
    `${model}: at least ${formatCount(count)} requests`
  ).join("; ");
  const price = found.atMostUsd === null
    ? "price unknown"
    : found.atMostUsd === 0
    ? "no cost a request"
    : `at most about ${formatUsd(found.atMostUsd)}, corrections apart`;
  const first = found.missing + found.stored === 0
    ? `Nothing is left to run: all ${formatCount(resumed)} observations are in the journal.`
    : found.missing === 0
    ? `Replaying ${formatCount(found.stored)} real recorded or cached replies of ${
      new Set(cells.map((cell) => cell.model.name)).size
    } models${from}; no request is sent.`
    : `Calling live for ${formatCount(found.missing)} of ${
      formatCount(found.missing + found.stored)
    } cases: ${asked}; ${price}.`;
  const models = [...new Map(cells.map(({ model }) => [model.name, model])).values()].map((model) =>
    `  ${model.name}: endpoint ${
      model.endpoint.baseUrl ?? model.endpoint.id
    }, asked by ${model.structure}, temperature ${model.sampling.temperature}, price ${
      model.price ? `${model.price.source} (${model.price.asOf})` : "unknown"
    }`
  );
  return [
    first,
    `Task ${manifest.task}: ${formatCount(cells.length)} cells x ${
      formatCount(cases.length)
    } cases x ${repeats} repeats = ${formatCount(total)}; seed ${seed}; mode ${mode}.`,
    ...models,
    `Run ${manifest.id}, kept in ${folder}${resumed > 0 ? `; ${formatCount(resumed)} done before` : ""}`,
    "",
  ].join("\n");
}

/** What is compared beside the table. */
export interface Extra {
  gate?: GateResult[] | undefined;
  baseline?: BaselineChange[] | undefined;
  /** Whether to add the table of fields. */
  fields: boolean;
  /** Whether to add the table of named calls. */
  calls: boolean;
  /** Use counts of solved cases, where they are asked for. */
  examples?: StaleReport | undefined;
  /** Whether they are asked for. */
  showExamples: boolean;
  /** Spread of sampled numbers, where it is asked for. */
  spread?: readonly SampledNumber[] | undefined;
}

/** The results of a run, with a clear last line. */
export function resultText(
  { summary, status, spentUsd }: Evaluation,
  { gate = [], baseline = [], fields, calls, examples, showExamples, spread }: Extra,
): string {
  const { columns, rows } = fieldRows(summary);
  const observed = summary.cells.reduce((sum, cell) => sum + cell.observed, 0);
  const total = summary.manifest.cells.length * summary.manifest.cases * summary.manifest.repeats;
  const judges = judgeLine(summary);
  const spent = spentUsd > 0 ? `; spent ${formatUsd(spentUsd)}` : "";
  return [
    matrixTable(summary),
    ...(judges === undefined ? [] : [judges]),
    ...(fields ? ["", textTable(columns, rows)] : []),
    ...(calls ? ["", callText(summary)] : []),
    ...(showExamples ? ["", exampleText(examples)] : []),
    ...(spread ? ["", spreadText(spread)] : []),
    "",
    ...MATRIX_LEGEND,
    ...(calls ? CALL_LEGEND : []),
    ...(examples ? EXAMPLE_LEGEND : []),
    ...(spread ? SPREAD_LEGEND : []),
    ...baseline.map(({ cell, baseline, pairs, newlyRight, newlyWrong }) =>
      `against ${baseline}: ${cell} has ${newlyRight} newly right and ${newlyWrong} newly wrong of ${pairs} pairs`
    ),
    ...gate.map(({ cell, verdict }) => `gate ${verdict}: ${cell}`),
    "",
    `${status}: ${formatCount(observed)} of ${
      formatCount(total)
    } observations; run ${summary.manifest.id}${spent}`,
  ].join("\n");
}

function callText(summary: Evaluation["summary"]): string {
  const { columns, rows } = callRows(summary);
  return rows.length > 0 ? textTable(columns, rows) : "No cell is a workflow of named calls.";
}

function spreadText(numbers: readonly SampledNumber[]): string {
  const { columns, rows } = spreadRows(numbers);
  return rows.length > 0 ? textTable(columns, rows) : "No number was sampled.";
}

function exampleText(report: StaleReport | undefined): string {
  if (!report) return "No cell was shown solved cases.";
  const { columns, rows } = exampleRows(report);
  const stale = report.stale.length > 0
    ? `stale: ${report.stale.join(", ")}; leave them out with leaveOut`
    : "stale: none";
  return `${textTable(columns, rows)}\n${stale}`;
}

/** The exact first requests of some cells. */
export function promptText(requests: readonly ShownRequest[]): string {
  return requests.flatMap(({ cell, case: id, key, structure, sampling, messages, schema }) => [
    `=== ${cell}, case ${id}\nkey ${key}\nasked by ${structure}, ${JSON.stringify(sampling)}`,
    ...messages.flatMap(({ role, content, images = [] }) => [
      `--- ${role}\n${content}`,
      ...images.map(({ image }, index) => `image ${index + 1}: ${JSON.stringify(image)}`),
    ]),
    ...(schema ? [`--- schema ${schema.name}\n${JSON.stringify(schema.schema, null, 2)}`] : []),
    "",
  ]).join("\n");
}
