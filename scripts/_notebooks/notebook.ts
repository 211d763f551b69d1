import { basename } from "node:path";
import { z } from "zod";
import { InputError } from "../../lib/io/mod.ts";

/** Text as nbformat stores it: whole, or a string a line. */
const text = z.union([z.string(), z.array(z.string())]);

const output = z.looseObject({
  output_type: z.enum(["stream", "display_data", "execute_result", "error"]),
  name: z.string().optional(),
  text: text.optional(),
  data: z.record(z.string(), z.unknown()).optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  ename: z.string().optional(),
  evalue: z.string().optional(),
  traceback: z.array(z.string()).optional(),
});

const cell = z.looseObject({
  cell_type: z.enum(["markdown", "code", "raw"]),
  id: z.string(),
  metadata: z.looseObject({ tags: z.array(z.string()).optional() }),
  source: text,
  outputs: z.array(output).optional(),
  execution_count: z.number().nullable().optional(),
});

const notebook = z.looseObject({
  cells: z.array(cell),
  metadata: z.record(z.string(), z.unknown()),
  nbformat: z.literal(4),
  nbformat_minor: z.number().min(5),
});

/** One output of a code cell, as nbformat 4.5 stores it. */
export type Output = z.infer<typeof output>;
/** A cell of a notebook. */
export type NotebookCell = z.infer<typeof cell>;
/** A notebook of nbformat 4.5 or a later 4. */
export type Notebook = z.infer<typeof notebook>;

/** A notebook with the file that it came from. */
export interface NotebookFile {
  path: string;
  /** Name of the file, for messages. */
  name: string;
  /** The file as it stands. */
  text: string;
  notebook: Notebook;
}

/**
 * Reads a notebook.
 *
 * @throws InputError when it is none of nbformat 4.5, with the place in it.
 */
export async function readNotebook(path: string): Promise<NotebookFile> {
  try {
    const content = await Deno.readTextFile(path);
    return { path, name: basename(path), text: content, notebook: notebook.parse(JSON.parse(content)) };
  } catch (cause) {
    const issue = cause instanceof z.ZodError ? cause.issues[0] : undefined;
    throw new InputError("Cannot read a notebook", {
      where: issue ? `${path}, ${issue.path.join(".")}` : path,
      found: issue?.message ?? (cause instanceof Error ? cause.message : String(cause)),
      expected: "a notebook of nbformat 4.5",
      cause,
    });
  }
}

/** JSON as Jupyter writes it: keys in order, one space of indent. */
export function sortedJson(content: unknown): string {
  const sorted = (_: string, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return JSON.stringify(content, sorted, 1);
}

/** Text that may be stored as lines, whole. */
export function joined(stored: string | readonly string[] | undefined): string {
  return typeof stored === "string" ? stored : (stored ?? []).join("");
}

/** A cell as messages name it: its place from 1 and its id. */
export function cellName(index: number, { id }: NotebookCell): string {
  return `cell ${index + 1} [${id}]`;
}

/** Something that is wrong with a notebook. */
export interface Fault {
  /** Name of the notebook's file. */
  notebook: string;
  /** Cell, and line in it. */
  where?: string;
  what: string;
}

/** A fault as one paragraph. */
export function faultText({ notebook: name, where, what }: Fault): string {
  return `${name}${where ? `, ${where}` : ""}: ${what}`;
}
