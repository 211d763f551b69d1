import type { CellSummary, RunSummary } from "../../experiment/mod.ts";
import { formatCount, formatInterval, formatPercent } from "../format.ts";
import { type Chart, chartText, coloursOf } from "./chart.ts";

/** Options of {@linkcode accuracyChart}. */
export interface AccuracyChartOptions {
  /** All strategies of the task, so that each keeps its colour in a chart of some. @default {those of the run} */
  variants?: readonly string[];
}

const SYMBOLS = ["circle", "square-open", "diamond", "triangle-up-open", "cross", "star-open"];

/**
 * Accuracy of every cell with its 95% interval: a row a model, a colour a strategy, a symbol a prompt.
 *
 * @returns A Plotly figure as plain data; nothing is drawn.
 */
export function accuracyChart({ manifest, cells }: RunSummary, options: AccuracyChartOptions = {}): Chart {
  const colours = coloursOf(options.variants ?? manifest.cells.map(({ variant }) => variant));
  const prompts = [...new Set(manifest.cells.map(({ prompt }) => prompt))];
  const models = [...new Set(cells.map(({ model }) => model))];
  const series = Map.groupBy(cells, (cell) => seriesName(cell, prompts.length));
  const labels = models.map(shorten);
  const left = 40 + Math.ceil(7.5 * Math.max(0, ...labels.map(({ length }) => length)));
  const height = 180 + 22 * (cells.length + models.length);
  return {
    data: [...series].map(([name, members]) =>
      trace(name, members, {
        color: colours.get(members[0]?.variant ?? "") ?? "#000000",
        symbol: SYMBOLS[prompts.indexOf(members[0]?.prompt ?? "") % SYMBOLS.length] ?? "circle",
      })
    ),
    layout: {
      title: {
        text: `Accuracy by strategy and model<br><span style="font-size:13px">${chartText(manifest.task)}: ${
          sizeOf(cells)
        }; bars are 95% intervals</span>`,
        x: 0.01,
        y: 1 - 24 / height,
        yanchor: "top",
      },
      xaxis: {
        title: { text: "Accuracy (% of observations with every field correct)", standoff: 8 },
        ticklabeloverflow: "allow",
        range: [-1, 101],
        dtick: 20,
        zerolinecolor: "#999999",
        gridcolor: "#dddddd",
      },
      yaxis: {
        type: "category",
        categoryarray: models.map(chartText),
        tickmode: "array",
        tickvals: models.map(chartText),
        ticktext: labels.map(chartText),
        autorange: "reversed",
        showgrid: false,
      },
      annotations: [{
        text: "Model", // the title of the y axis, where it never meets its labels
        showarrow: false,
        xref: "paper",
        yref: "paper",
        x: 0,
        y: 1,
        xanchor: "left",
        yanchor: "bottom",
        xshift: 12 - left,
        font: { size: 15 },
      }],
      scattermode: "group",
      scattergap: 0.35,
      legend: { title: { text: prompts.length > 1 ? "Strategy, prompt" : "Strategy" } },
      font: { family: "Arial, Helvetica, sans-serif", size: 13, color: "#222222" },
      paper_bgcolor: "#ffffff",
      plot_bgcolor: "#ffffff",
      margin: { t: 80, r: 20, b: 60, l: left },
      width: 900,
      height,
    },
    text: cells.map(lineOf).join("\n"),
  };
}

function trace(
  name: string,
  cells: readonly CellSummary[],
  marker: { color: string; symbol: string },
): Record<string, unknown> {
  const percent = (share: number) => Math.round(share * 1000) / 10;
  return {
    type: "scatter",
    mode: "markers",
    orientation: "h",
    name: chartText(name),
    x: cells.map(({ accuracy }) => percent(accuracy.rate)),
    y: cells.map(({ model }) => chartText(model)),
    error_x: {
      type: "data",
      symmetric: false,
      array: cells.map(({ accuracy: { rate, interval } }) => percent(interval[1] - rate)),
      arrayminus: cells.map(({ accuracy: { rate, interval } }) => percent(rate - interval[0])),
      thickness: 1.5,
      width: 4,
    },
    marker: { ...marker, size: 9, line: { width: 2, color: marker.color } },
    customdata: cells.map(({ accuracy: { passed, total, interval } }) => [
      `${formatCount(passed)}/${formatCount(total)}`,
      formatInterval(interval),
    ]),
    hovertemplate:
      "%{y}<br>%{x:.1f}% %{customdata[1]}<br>%{customdata[0]} correct<extra>%{fullData.name}</extra>",
  };
}

/** A label that leaves room for the chart: its middle is left out. */
function shorten(name: string): string {
  return name.length > 36 ? `${name.slice(0, 17)}…${name.slice(-18)}` : name;
}

function seriesName({ variant, prompt }: CellSummary, prompts: number): string {
  return prompts > 1 ? `${variant}, ${prompt}` : variant;
}

function sizeOf(cells: readonly CellSummary[]): string {
  const spread = (counts: number[]) => {
    const [low, high] = [Math.min(...counts), Math.max(...counts)].map(formatCount);
    return low === high ? `${low}` : `${low} to ${high}`;
  };
  if (cells.length === 0) return "n = 0";
  const observed = spread(cells.map((cell) => cell.observed));
  return `n = ${observed} observations of ${spread(cells.map((cell) => cell.cases))} cases`;
}

function lineOf(
  { variant, prompt, model, accuracy: { rate, interval, passed, total } }: CellSummary,
): string {
  const counts = `${formatCount(passed)}/${formatCount(total)}`;
  return `${variant}, ${prompt}, ${model}: ${formatPercent(rate)} ${formatInterval(interval)}, ${counts}`;
}
