import { accuracyChart, type Chart, coloursOf, OKABE_ITO } from "@lib/report/mod.ts";
import assert from "node:assert/strict";
import { cellOf, summaryOf } from "./_summary.ts";

interface Trace {
  name: string;
  x: number[];
  y: string[];
  error_x: { array: number[]; arrayminus: number[] };
  marker: { color: string; symbol: string };
}

const traces = ({ data }: Chart) => data as unknown as Trace[];

const four = ["local:small", "local:big"].flatMap((model) =>
  ["predict", "cot"].flatMap((variant) =>
    ["brief", "rules"].map((prompt) => cellOf({ variant, prompt, model }))
  )
);

Deno.test("accuracyChart() draws rate and interval of every cell in percent", () => {
  const [trace] = traces(accuracyChart(summaryOf([cellOf()])));
  assert.deepEqual(trace?.x, [25]);
  assert.deepEqual(trace?.y, ["local:small"]);
  assert.deepEqual(trace?.error_x.array, [10.3]);
  assert.deepEqual(trace?.error_x.arrayminus, [8]);
});

Deno.test("accuracyChart() gives a strategy one colour and a prompt one symbol", () => {
  const drawn = traces(accuracyChart(summaryOf(four)));
  assert.deepEqual(drawn.map(({ name }) => name), [
    "predict, brief",
    "predict, rules",
    "cot, brief",
    "cot, rules",
  ]);
  assert.deepEqual(drawn.map(({ marker }) => marker.color), [0, 0, 1, 1].map((index) => OKABE_ITO[index]));
  assert.deepEqual(drawn.map(({ marker }) => marker.symbol), [
    "circle",
    "square-open",
    "circle",
    "square-open",
  ]);
});

Deno.test("accuracyChart() keeps a strategy's colour in a chart of some strategies", () => {
  const cot = summaryOf(four.filter(({ variant }) => variant === "cot"));
  const [trace] = traces(accuracyChart(cot, { variants: ["predict", "cot"] }));
  assert.equal(trace?.marker.color, OKABE_ITO[1]);
});

Deno.test("accuracyChart() states units, n and the interval in words on the chart", () => {
  const layout = JSON.stringify(accuracyChart(summaryOf(four)).layout);
  assert.match(layout, /Accuracy \(% of observations with every field correct\)/);
  assert.match(layout, /triage: n = 168 observations of 84 cases; bars are 95% intervals/);
  assert.match(layout, /"text":"Model"/);
  const uneven = accuracyChart(summaryOf([cellOf(), cellOf({ prompt: "rules", observed: 20, cases: 10 })]));
  assert.match(JSON.stringify(uneven.layout), /n = 20 to 168 observations of 10 to 84 cases/);
});

Deno.test("accuracyChart() is plain data that JSON keeps, and does not change its input", () => {
  const frozen = summaryOf(four.map((cell) => Object.freeze(cell)));
  const chart = accuracyChart(Object.freeze(frozen));
  assert.deepEqual(JSON.parse(JSON.stringify(chart)), chart);
});

Deno.test("accuracyChart() says in words what it shows, a line a cell", () => {
  const { text } = accuracyChart(summaryOf(four));
  assert.equal(text.split("\n").length, 8);
  assert.match(text, /^predict, brief, local:small: 25\.0% \[17\.0, 35\.3\], 42\/168\n/);
});

Deno.test("accuracyChart() draws nothing of a run without observations", () => {
  const { data, layout } = accuracyChart(summaryOf([]));
  assert.deepEqual(data, []);
  assert.match(JSON.stringify(layout), /n = 0/);
});

Deno.test("coloursOf() goes round when there are more names than colours", () => {
  const names = Array.from({ length: 10 }, (_, index) => `v${index}`);
  assert.equal(coloursOf(names).get("v8"), OKABE_ITO[0]);
});
