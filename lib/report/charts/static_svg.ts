import { JSDOM } from "jsdom";
import plotly from "plotly.js-cartesian-dist-min/plotly-cartesian.min.js" with { type: "text" };
import { digest } from "../../io/mod.ts";
import type { Chart } from "./chart.ts";

/** What is used of the window in which Plotly runs. */
interface ChartWindow {
  eval(source: string): void;
  close(): void;
  document: { createElement(name: string): unknown };
  Math: { random: () => number };
  URL: { createObjectURL?: () => string };
  SVGElement: { prototype: object };
  Plotly: {
    newPlot(div: unknown, data: unknown, layout: unknown, config: object): Promise<unknown>;
    toImage(div: unknown, options: object): Promise<string>;
  };
}

interface TextElement {
  tagName: string;
  textContent: string | null;
  style: { fontSize: string };
  parentElement: TextElement | null;
  getAttribute(name: string): string | null;
  querySelectorAll(selector: string): Iterable<TextElement>;
}

/** Mean width of a character of a sans serif font, in font sizes. */
const CHARACTER_WIDTH = 0.56;

/**
 * Draws a chart with Plotly itself, in jsdom instead of a browser: about a second, of which most is loading
 * Plotly. The same chart gives the same bytes, so that pictures in notebooks stay unchanged in diffs.
 */
export async function staticSvg(chart: Chart): Promise<string> {
  const { data, layout } = structuredClone(chart); // Plotly writes into what it is given
  const dom = new JSDOM("", { runScripts: "outside-only", pretendToBeVisual: true });
  const window: ChartWindow = dom.window;
  try {
    window.Math.random = randomFrom(digest([data, layout]));
    window.URL.createObjectURL = () => ""; // Plotly asks for one while loading, for map workers
    Object.assign(window.SVGElement.prototype, { getBBox: textBox, getBoundingClientRect: textBox });
    window.eval(plotly);
    const { width, height } = layout;
    const div = window.document.createElement("div");
    await window.Plotly.newPlot(div, data, layout, { staticPlot: true });
    const url = await window.Plotly.toImage(div, { format: "svg", width, height });
    return decodeURIComponent(url.slice(url.indexOf(",") + 1));
  } finally {
    window.close();
  }
}

/**
 * Box of a text, or around the texts of a group, rotation left aside. jsdom lays nothing out: without such an
 * estimate legends are cut off and titles stand in the wrong place.
 */
function textBox(this: TextElement): object {
  const texts = this.tagName === "text" ? [this] : [...this.querySelectorAll("text")];
  const boxes = texts.map((text) => {
    const size = Number.parseFloat(text.style.fontSize) || 12;
    const lines = [...text.querySelectorAll("tspan.line")];
    const longest = Math.max(
      ...(lines.length > 0 ? lines : [text]).map((line) => (line.textContent ?? "").length),
    );
    const width = longest * size * CHARACTER_WIDTH;
    const before = { middle: 0.5, end: 1 }[text.getAttribute("text-anchor") ?? ""] ?? 0;
    const [x, y] = originOf(text);
    return { left: x - before * width, width, top: y - size, height: 1.2 * size * Math.max(1, lines.length) };
  });
  const left = Math.min(...boxes.map((box) => box.left));
  const top = Math.min(...boxes.map((box) => box.top));
  const right = Math.max(...boxes.map((box) => box.left + box.width));
  const bottom = Math.max(...boxes.map((box) => box.top + box.height));
  const [x, y] = boxes.length > 0 ? [left, top] : [0, 0];
  const [width, height] = boxes.length > 0 ? [right - left, bottom - top] : [0, 0];
  return { x, y, left: x, top: y, right: x + width, bottom: y + height, width, height };
}

/** Where a text begins: its own position, moved by all that is around it. */
function originOf(text: TextElement): [number, number] {
  let [x, y] = [Number(text.getAttribute("x") ?? 0), Number(text.getAttribute("y") ?? 0)];
  for (let at: TextElement | null = text; at; at = at.parentElement) {
    const moves = (at.getAttribute("transform") ?? "").matchAll(
      /translate\(\s*([-\d.e]+)(?:[\s,]+([-\d.e]+))?/g,
    );
    for (const [, dx, dy] of moves) [x, y] = [x + Number(dx), y + Number(dy ?? 0)];
  }
  return [x, y];
}

/** Lehmer's generator from a digest; Plotly makes ids of its numbers, so two charts must not share a seed. */
function randomFrom(hex: string): () => number {
  let state = Number.parseInt(hex.slice(0, 7), 16) + 1;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}
