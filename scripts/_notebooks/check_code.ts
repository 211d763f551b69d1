import { stripTypeScriptTypes } from "node:module";
import { basename, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { cellName, type Fault, joined, type NotebookFile } from "./notebook.ts";

/** The configuration of this project: import map, compiler options, lint rules, line width. */
export const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

/** The code of a notebook in one module, with the cell that each line came from. */
interface JoinedCode {
  file: NotebookFile;
  path: string;
  /** Cell and line in it, for each line of the module. */
  origins: readonly string[];
}

/** Parses each code cell by itself; the kernel says neither cell nor line of a syntax error. */
export function checkSyntax({ name, notebook }: NotebookFile): Fault[] {
  return notebook.cells.flatMap((cell, index) => {
    if (cell.cell_type !== "code") return [];
    try {
      stripTypeScriptTypes(joined(cell.source), { mode: "transform" });
      return [];
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const line = /:(\d+):\d+\s*$/.exec(message)?.[1];
      const where = cellName(index, cell) + (line ? `, line ${line}` : "");
      return [{ notebook: name, where, what: message.replace(/\n\s+at file:.*$/, "") }];
    }
  });
}

/** Whether each notebook is laid out as `deno fmt` does it. */
export async function checkLayout(file: NotebookFile): Promise<Fault[]> {
  if (await formatted(file.text) === file.text) return [];
  return [{ notebook: file.name, what: "is not formatted; deno task notebooks --write formats it" }];
}

/** The text of a notebook after `deno fmt`, by stdin: `deno fmt --check` of Deno 2.9.6 finds fault with any notebook. */
export async function formatted(text: string): Promise<string> {
  const args = ["fmt", "--quiet", "--config", CONFIG, "--ext", "ipynb", "-"];
  const child = new Deno.Command(Deno.execPath(), { args, stdin: "piped", stdout: "piped", stderr: "piped" })
    .spawn();
  const written = new Response(text).body?.pipeTo(child.stdin);
  const [{ success, stdout, stderr }] = await Promise.all([child.output(), written]);
  if (!success) throw new Error(`Cannot format a notebook: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/** Types and lint rules of the code of whole notebooks, each in a module beside it that is removed afterwards. */
export async function checkTypesAndLint(files: readonly NotebookFile[]): Promise<Fault[]> {
  const modules = files.map(joinCode);
  try {
    for (const { path, text } of modules) await Deno.writeTextFile(path, text);
    const paths = modules.map(({ path }) => path);
    const checked = await deno(["check", "--quiet", "--config", CONFIG, ...paths]);
    const linted = await deno(["lint", "--quiet", "--json", "--config", CONFIG, ...paths]);
    return [...typeFaults(checked, modules), ...lintFaults(linted, modules)];
  } finally {
    for (const { path } of modules) await Deno.remove(path).catch(() => undefined); // it may never have been written
  }
}

function joinCode(file: NotebookFile): JoinedCode & { text: string } {
  const lines: string[] = [];
  const origins: string[] = [];
  file.notebook.cells.forEach((cell, index) => {
    if (cell.cell_type !== "code") return;
    joined(cell.source).split("\n").forEach((line, at) => {
      lines.push(line);
      origins.push(`${cellName(index, cell)}, line ${at + 1}`);
    });
  });
  lines.push("export {};", "");
  return {
    file,
    path: resolve(file.path).replace(/\.ipynb$/, ".nbcheck.ts"),
    origins,
    text: lines.join("\n"),
  };
}

async function deno(args: string[]): Promise<{ success: boolean; stdout: string; stderr: string }> {
  const command = new Deno.Command(Deno.execPath(), { args, env: { NO_COLOR: "1" } });
  const { success, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

function typeFaults(
  { success, stderr }: { success: boolean; stderr: string },
  modules: readonly JoinedCode[],
) {
  if (success) return [];
  const blocks = stderr.split(/^(?=(?:error: )?TS\d+ \[ERROR\])/m).filter((block) =>
    block.includes("[ERROR]")
  );
  if (blocks.length === 0) {
    return [{ notebook: modules.map(({ file }) => file.name).join(", "), what: stderr.trim() }];
  }
  return blocks.map((block): Fault => {
    const place = /\n\s+at (file:\S+?):(\d+):\d+/.exec(block);
    const module = modules.find(({ path }) => pathToFileURL(path).href === place?.[1]);
    const what = block.slice(0, place?.index).replace(/^error: /, "").trim();
    if (!module) {
      return { notebook: basename(place?.[1] ?? "deno check"), what: `${what}\n${place?.[0].trim() ?? ""}` };
    }
    return { notebook: module.file.name, where: originOf(module, Number(place?.[2])), what };
  });
}

interface LintReport {
  diagnostics: { filename: string; range: { start: { line: number } }; message: string; code: string }[];
  errors: { file_path: string; message: string }[];
}

function lintFaults(
  { stdout, stderr, success }: Awaited<ReturnType<typeof deno>>,
  modules: readonly JoinedCode[],
) {
  if (success) return [];
  if (!stdout.startsWith("{")) throw new Error(`Cannot lint notebooks: ${stderr}`);
  const { diagnostics, errors }: LintReport = JSON.parse(stdout);
  return [
    ...diagnostics.map(({ filename, range, message, code }): Fault => {
      const module = modules.find(({ path }) => pathToFileURL(path).href === filename);
      const where = module && originOf(module, range.start.line);
      return {
        notebook: module?.file.name ?? filename,
        what: `${message} (${code})`,
        ...(where && { where }),
      };
    }),
    ...errors.map(({ file_path, message }): Fault => ({ notebook: basename(file_path), what: message })),
  ];
}

function originOf({ origins }: JoinedCode, line: number): string {
  return origins[line - 1] ?? "after its last cell";
}
