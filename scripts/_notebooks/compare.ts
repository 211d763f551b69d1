import { createTwoFilesPatch } from "diff";
import {
  cellName,
  type Fault,
  joined,
  type Notebook,
  type NotebookCell,
  type NotebookFile,
  sortedJson,
} from "./notebook.ts";

/** Most lines of a difference that are shown for a cell. */
const MOST_LINES = 40;

/**
 * What differs between the outputs of a run and those that are kept in the file. Texts, data and SVG pictures
 * must be the same; of pictures in pixels, whose bytes depend on the fonts of a machine, only that they are there.
 */
export function compareOutputs({ name, notebook: kept }: NotebookFile, run: Notebook): Fault[] {
  return kept.cells.flatMap((cell, index) => {
    const fresh = run.cells[index];
    if (cell.cell_type !== "code" || !fresh) return [];
    const [before, now] = [shown(cell), shown(fresh)];
    if (before === now) return [];
    return [{
      notebook: name,
      where: cellName(index, cell),
      what: `has other outputs than the file keeps\n${difference(before, now)}`,
    }];
  });
}

/** Outputs of a cell as text that a person can compare. */
function shown({ outputs = [] }: NotebookCell): string {
  return outputs.map(({ output_type, name, text, data = {}, ename, evalue }) => {
    if (output_type === "stream") return `--- ${name}\n${joined(text)}`;
    if (output_type === "error") return `--- error\n${ename}: ${evalue}`;
    return Object.keys(data).sort().map((type) => `--- ${type}\n${content(type, data[type])}`).join("\n");
  }).join("\n") + "\n";
}

function content(type: string, value: unknown): string {
  if (/^image\/(?!svg)/.test(type)) return "(a picture)";
  if (typeof value !== "string" && !isLines(value)) return sortedJson(value);
  const text = joined(value);
  return type === "image/svg+xml" ? text.replaceAll("><", ">\n<") : text;
}

function isLines(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((line) => typeof line === "string");
}

function difference(before: string, now: string): string {
  const patch = createTwoFilesPatch("kept", "this run", before, now, undefined, undefined, { context: 1 });
  const lines = patch.split("\n").slice(1).map((line) => line.length > 200 ? `${line.slice(0, 200)}…` : line);
  const left = lines.length - MOST_LINES;
  return (left > 0 ? [...lines.slice(0, MOST_LINES), `… ${left} more lines`] : lines).join("\n").trimEnd();
}
