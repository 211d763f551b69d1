import {
  accuracyChart,
  chartDisplay,
  escapeHtml,
  fieldDisplay,
  JUPYTER_DISPLAY,
  MATRIX_LEGEND,
  matrixDisplay,
  matrixTable,
} from "@lib/report/mod.ts";
import { JSDOM } from "jsdom";
import assert from "node:assert/strict";
import { cellOf, summaryOf } from "./_summary.ts";

interface Element {
  tagName: string;
  textContent: string;
  attributes: Iterable<{ name: string }>;
}

const HOSTILE = [
  "<img src=x onerror=alert(1)>",
  '"><script>alert(1)</script>',
  "</table><svg onload=alert(1)>",
  "' onmouseover='alert(1)",
  "&lt;b&gt;",
  '<a href="javascript:alert(1)">x</a>',
  "\u001b]0;title\u0007\u202egnp.exe",
];

const hostile = summaryOf(HOSTILE.map((name) => cellOf({ variant: name, prompt: name, model: name })));
const shown = (text: string) => text.replace(/[^\x20-\x7e]/g, "·");

Deno.test("matrixDisplay() shows the table that eval prints, as text and as HTML", async () => {
  const summary = summaryOf([cellOf(), cellOf({ variant: "cot" })]);
  const bundle = await matrixDisplay(summary)[JUPYTER_DISPLAY]();
  assert.deepEqual(Object.keys(bundle), ["text/html", "text/plain"]);
  assert.equal(bundle["text/plain"], `${matrixTable(summary)}\n\n${MATRIX_LEGEND.join("\n")}`);
  const { window } = new JSDOM(String(bundle["text/html"]));
  const rows = [...window.document.querySelectorAll("tr")] as { cells: { length: number } }[];
  assert.deepEqual(rows.map(({ cells }) => cells.length), [11, 11, 11]);
});

Deno.test("matrixDisplay() and fieldDisplay() make no element or attribute of hostile names", async () => {
  for (const display of [matrixDisplay(hostile), fieldDisplay(hostile)]) {
    const bundle = await display[JUPYTER_DISPLAY]();
    const { window } = new JSDOM(String(bundle["text/html"]), { runScripts: "outside-only" });
    const elements = [...window.document.body.querySelectorAll("*")] as Element[];
    const allowed = ["TABLE", "THEAD", "TBODY", "TR", "TH", "TD", "P", "SMALL", "BR"];
    assert.deepEqual(elements.filter(({ tagName }) => !allowed.includes(tagName)), []);
    const attributes = elements.flatMap(({ attributes }) => [...attributes].map(({ name }) => name));
    assert.deepEqual([...new Set(attributes)].sort(), ["scope", "style"]);
    const texts = elements.filter(({ tagName }) => tagName === "TD").map(({ textContent }) => textContent);
    for (const name of HOSTILE) assert(texts.includes(shown(name)), name);
  }
});

Deno.test("matrixDisplay() sets no colour, so that it follows a light or a dark page", async () => {
  const html = String((await matrixDisplay(hostile)[JUPYTER_DISPLAY]())["text/html"]);
  assert.doesNotMatch(html, /color|background|class=|<style|<script/);
});

Deno.test("escapeHtml() escapes what could end a text or a quoted attribute", () => {
  assert.equal(escapeHtml(`<a b="c" d='e'>&\u0000`), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;·");
});

Deno.test("chartDisplay() gives Plotly data, a picture and words, and no HTML", async () => {
  const chart = accuracyChart(summaryOf([cellOf(), cellOf({ variant: "cot" })]));
  const before = structuredClone(chart);
  const bundle = await chartDisplay(chart)[JUPYTER_DISPLAY]();
  assert.deepEqual(chart, before);
  assert.deepEqual(Object.keys(bundle), ["application/vnd.plotly.v1+json", "image/svg+xml", "text/plain"]);
  assert.deepEqual(bundle["application/vnd.plotly.v1+json"], { data: chart.data, layout: chart.layout });
  assert.equal(bundle["text/plain"], chart.text);
  const svg = String(bundle["image/svg+xml"]);
  for (const text of ["Accuracy by strategy and model", "local:small", "predict", "cot", "Model", "100"]) {
    assert(svg.includes(`>${text}<`), text);
  }
  assert(svg.length < 100_000);
});

Deno.test("chartDisplay() draws the same chart as the same bytes, and another with other ids", async () => {
  const chart = accuracyChart(summaryOf([cellOf()]));
  const draw = async (of: typeof chart) =>
    String((await chartDisplay(of)[JUPYTER_DISPLAY]())["image/svg+xml"]);
  const ids = (svg: string) => [...svg.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  const first = await draw(chart);
  assert.equal(await draw(chart), first);
  const other = await draw(accuracyChart(summaryOf([cellOf({ model: "local:other" })])));
  assert.deepEqual(ids(other).filter((id) => ids(first).includes(id)), []);
});

Deno.test("chartDisplay() shows hostile names as text", async () => {
  const bundle = await chartDisplay(accuracyChart(hostile))[JUPYTER_DISPLAY]();
  const { window } = new JSDOM(String(bundle["image/svg+xml"]), { contentType: "image/svg+xml" });
  assert.equal(window.document.querySelectorAll("script, a, img, image, foreignObject").length, 0);
  const elements = [...window.document.querySelectorAll("*")] as Element[];
  const handlers = elements.flatMap(({ attributes }) => [...attributes]).filter(({ name }) =>
    /^on/i.test(name)
  );
  assert.deepEqual(handlers, []);
  const texts = elements.filter(({ tagName }) => tagName === "text").map(({ textContent }) => textContent);
  for (const name of HOSTILE) assert(texts.includes(`${shown(name)}, ${shown(name)}`), name);
});
