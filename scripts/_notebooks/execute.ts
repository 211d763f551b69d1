import { fileURLToPath } from "node:url";
import type { Venv } from "../../lib/io/mod.ts";
import { KERNELSPEC } from "./jupyter.ts";
import {
  cellName,
  type Fault,
  joined,
  type Notebook,
  type NotebookCell,
  type NotebookFile,
  type Output,
} from "./notebook.ts";

/** Options of {@linkcode execute}. */
export interface ExecuteOptions {
  /** Seconds that a cell may take. @default {300} */
  timeoutSeconds?: number;
  /** Ends the run, and the kernel with it. */
  signal?: AbortSignal;
}

/** What came of a run. */
export interface Execution {
  /** The notebook with the outputs of this run. */
  notebook: Notebook;
  /** What a kernel hides or a reader must not miss; errors of cells are among the outputs too. */
  faults: Fault[];
}

interface Printed {
  cells: NotebookCell[];
  stopped: { cell: number; reason: string } | null;
  late: { cell: number; text: string }[];
  stray: string;
}

const RUNNER = fileURLToPath(new URL("./execute.py", import.meta.url));

/**
 * Runs a notebook from top to bottom in a fresh kernel, in its own folder, and stops at the first cell that
 * fails. The file stays as it is.
 */
export async function execute(
  file: NotebookFile,
  venv: Venv,
  { timeoutSeconds = 300, signal }: ExecuteOptions = {},
): Promise<Execution> {
  const { success, stdout, stderr } = await new Deno.Command(venv.python, {
    args: [RUNNER, file.path, KERNELSPEC.name, String(timeoutSeconds)],
    stdin: "null",
    env: { PYTHONDONTWRITEBYTECODE: "1" },
    ...(signal && { signal }),
  }).output();
  signal?.throwIfAborted();
  const decoder = new TextDecoder();
  if (!success) throw new Error(`Cannot run ${file.name}: ${decoder.decode(stderr).trim()}`);
  const { cells, stopped, late, stray }: Printed = JSON.parse(decoder.decode(stdout));
  const fault = (index: number, what: string): Fault => {
    const cell = file.notebook.cells[index];
    return { notebook: file.name, what, ...(cell && { where: cellName(index, cell) }) };
  };
  return {
    notebook: {
      ...file.notebook,
      metadata: { kernelspec: KERNELSPEC, language_info: { name: "typescript" } },
      cells: file.notebook.cells.map((cell, index) =>
        cell.cell_type === "code" ? { ...cell, ...resultOf(cells[index]) } : cell
      ),
    },
    faults: [
      ...(stopped ? [fault(stopped.cell, stoppedText(stopped.reason, cells[stopped.cell]))] : []),
      ...late.map(({ cell, text }) => fault(cell, `leaves an error that nothing waits for: ${text}`)),
      ...(stray.trim() ? [{ notebook: file.name, what: `prints past its cells: ${stray.trim()}` }] : []),
    ],
  };
}

function resultOf(cell: NotebookCell | undefined): { outputs: Output[]; execution_count: number | null } {
  return {
    outputs: (cell?.outputs ?? []).reduce(addOutput, []),
    execution_count: cell?.execution_count ?? null,
  };
}

/** Adds an output; neighbours of one stream are one output, as the kernel cuts them where it likes. */
function addOutput(outputs: Output[], { ...output }: Output): Output[] {
  const last = outputs.at(-1);
  if (output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name) {
    return [...outputs.slice(0, -1), { ...last, text: lines(joined(last.text) + joined(output.text)) }];
  }
  if (output.text !== undefined) output.text = lines(joined(output.text));
  if (output.data) output.data = Object.fromEntries(Object.entries(output.data).map(asLines));
  return [...outputs, output];
}

function asLines([type, value]: [string, unknown]): [string, unknown] {
  return [type, typeof value === "string" && !type.endsWith("json") ? lines(value) : value];
}

function lines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function stoppedText(reason: string, cell: NotebookCell | undefined): string {
  const error = cell?.outputs?.find(({ output_type }) => output_type === "error");
  return `failed: ${error?.traceback?.join("\n") || reason}`;
}
