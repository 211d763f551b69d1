import {
  type Fault,
  joined,
  type Notebook,
  type NotebookCell,
  type NotebookFile,
  type Output,
} from "./notebook.ts";
import { cellName } from "./notebook.ts";

/** Largest output of a cell and largest file, in characters: more does not belong in version control. */
const MOST = { output: 100_000, file: 500_000 };
/** Folders that tell whose machine a notebook ran on. */
const MACHINE_PATH = /(?:^|[\s"'`(=])(?:file:\/\/)?(?:\/(?:home|root|tmp|Users|var|private)\/|[A-Z]:\\)\S+/m;

/** What a notebook must be like before it runs: cells that are whole and named, a title, parameters, no clutter. */
export function checkSources({ name, notebook }: NotebookFile): Fault[] {
  const { cells, metadata } = notebook;
  const faults: Fault[] = [];
  const add = (what: string, where?: string) =>
    faults.push({ notebook: name, what, ...(where && { where }) });
  const kernel = JSON.stringify(metadata.kernelspec);
  const language = JSON.stringify(metadata.language_info);
  const keys = Object.keys(metadata).sort().join();
  if (keys !== "kernelspec,language_info" || language !== '{"name":"typescript"}') {
    add(`its metadata must be kernelspec and language_info.name only, found ${keys}, ${kernel}, ${language}`);
  }
  if (cells[0]?.cell_type !== "markdown" || !joined(cells[0].source).startsWith("# ")) {
    add("its first cell must be a markdown title");
  }
  const first = cells.find(({ cell_type }) => cell_type === "code");
  if (!first?.metadata.tags?.includes("parameters")) add("its first code cell must have the tag parameters");
  const ids = new Set<string>();
  cells.forEach((cell, index) => {
    const where = cellName(index, cell);
    if (joined(cell.source).trim() === "") add("is empty", where);
    if (ids.has(cell.id)) add("has the id of another cell", where);
    ids.add(cell.id);
    if (cell.cell_type === "code" && /\bDeno\s*\.\s*test\b/.test(joined(cell.source))) {
      add("calls Deno.test, whose failures a kernel hides; put tests in tests/", where);
    }
  });
  return faults;
}

/** What the outputs of a notebook must be like: of one clean run, without errors, scripts, paths or bulk. */
export function checkOutputs(
  { name, text }: Pick<NotebookFile, "name" | "text">,
  { cells }: Notebook,
): Fault[] {
  const faults: Fault[] = [];
  let count = 0;
  cells.forEach((cell, index) => {
    if (cell.cell_type !== "code") return;
    count++;
    const add = (what: string) => faults.push({ notebook: name, where: cellName(index, cell), what });
    if (cell.execution_count !== count) {
      add(
        `has the execution count ${cell.execution_count ?? "none"} instead of ${count}: not of one clean run`,
      );
    }
    for (const what of outputFaults(cell)) add(what);
  });
  if (text.length > MOST.file) {
    faults.push({ notebook: name, what: `is larger than ${MOST.file} characters` });
  }
  return faults;
}

function outputFaults({ outputs = [] }: NotebookCell): string[] {
  const all = JSON.stringify(outputs);
  const html = outputs.map(({ data }) => joined(data?.["text/html"] as string | string[] | undefined)).join(
    "\n",
  );
  const path = outputs.map(outputText).map((text) => MACHINE_PATH.exec(text)?.[0].trim()).find(Boolean);
  return [
    ...outputs.filter(({ output_type }) => output_type === "error").map(({ ename, evalue, traceback = [] }) =>
      [`ends with ${ename}: ${evalue}`, ...traceback.slice(1, 6)].join("\n")
    ),
    ...(/<script\b|\son\w+\s*=|javascript:/i.test(html)
      ? ["has HTML with scripts, which readers strip or block"]
      : []),
    ...(path ? [`shows a path of one machine: ${path}`] : []),
    ...(all.length > MOST.output ? [`has more than ${MOST.output} characters of output`] : []),
  ];
}

function outputText({ text, data = {} }: Output): string {
  const texts = ["text/plain", "text/html", "text/markdown"].map((type) =>
    data[type] as string | string[] | undefined
  );
  return [text, ...texts].map(joined).join("\n");
}
