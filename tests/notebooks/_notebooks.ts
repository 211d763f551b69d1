import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { KERNELSPEC } from "../../scripts/_notebooks/jupyter.ts";
import type { Notebook, NotebookCell, NotebookFile, Output } from "../../scripts/_notebooks/notebook.ts";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** How a command ended. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Starts a script of this project with some arguments, in a folder of the caller's choice. */
export function start(script: string, args: readonly string[], cwd: string = ROOT): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--quiet",
      "--config",
      join(ROOT, "deno.json"),
      join(ROOT, "scripts", script),
      ...args,
    ],
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs a script to its end. */
export async function run(script: string, args: readonly string[], cwd?: string): Promise<Ended> {
  const { code, stdout, stderr } = await start(script, args, cwd).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** A code cell; without outputs when they are left out. */
export function code(id: string, source: string, outputs: Output[] = []): NotebookCell {
  return { cell_type: "code", id, metadata: {}, source, outputs, execution_count: null };
}

/** A result of a cell, as the kernel gives it. */
export function result(text: string, executionCount: number): Output {
  const data = { "text/plain": [text] };
  return { output_type: "execute_result", data, metadata: {}, execution_count: executionCount };
}

/** A notebook that keeps the rules: a title, then parameters, then the given cells. */
export function notebookOf(...cells: NotebookCell[]): Notebook {
  const title: NotebookCell = { cell_type: "markdown", id: "title", metadata: {}, source: "# A notebook" };
  const parameters = { ...code("parameters", "const seed = 1;"), metadata: { tags: ["parameters"] } };
  let count = 0;
  return {
    cells: [title, parameters, ...cells].map((cell) =>
      cell.cell_type === "code" ? { ...cell, execution_count: ++count } : cell
    ),
    metadata: { kernelspec: KERNELSPEC, language_info: { name: "typescript" } },
    nbformat: 4,
    nbformat_minor: 5,
  };
}

/** A notebook as if it had been read from a file. */
export function fileOf(notebook: Notebook): NotebookFile {
  return { path: "made_up.ipynb", name: "made_up.ipynb", text: JSON.stringify(notebook), notebook };
}

/** Writes a notebook into a folder. */
export async function write(folder: string, name: string, notebook: Notebook): Promise<string> {
  const path = join(folder, name);
  await Deno.writeTextFile(path, JSON.stringify(notebook));
  return path;
}
