import { type CsvTable, InputError } from "../io/mod.ts";
import { type DeclaredCompare, isGrounded } from "../signature/mod.ts";
import { chooseRoles, type ColumnRoles, type RoleChoice } from "./choose_roles.ts";
import { fieldName } from "./field_name.ts";
import { type InferredType, inferType } from "./infer_type.ts";

/** A field of a signature, as the cells of its column show it. */
export interface InferredField {
  /** Valid name of the field. */
  name: string;
  /** Name of the column. */
  column: string;
  type: InferredType;
  /** Whether a cell is empty, so that null is a value. */
  nullable: boolean;
  /** How values are compared, where it is not what the type alone says. */
  compare?: DeclaredCompare;
}

/** What a table says about the task it is for. */
export interface InferredTable extends Pick<ColumnRoles, "id" | "meta" | "leftOut" | "rule"> {
  inputs: readonly InferredField[];
  outputs: readonly InferredField[];
  /** What a reader should look at, one sentence each. */
  notes: readonly string[];
}

/**
 * Infers the fields of a signature from a table. Inputs are never labels, as new cases may bring new values, and
 * an empty input text stays a text. An output text is compared exactly when it is a code (digits, no space), else
 * by its normalised text; when all values stand in an input text, it is grounded there.
 *
 * @param table A table with at least one row; outer spaces of outputs, and cells of spaces alone, do not count.
 * @param path Name of the file, for errors.
 * @throws InputError for no row, no input or output, unknown chosen columns, and an output that is empty in every row.
 * @example Usage
 * ```ts
 * import { inferFields } from "@lib/dataset/mod.ts";
 * import { parseCsv } from "@lib/io/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const table = parseCsv("mail,label\nhi,low\nhelp,high\nok,low\nnow,high\n", "mails.csv");
 * const { inputs, outputs } = inferFields(table, "mails.csv");
 * assert.equal(inputs[0]?.name, "mail");
 * assert.deepEqual(outputs[0]?.type, { kind: "enum", labels: ["low", "high"] });
 * ```
 */
export function inferFields(table: CsvTable, path: string, choice: RoleChoice = {}): InferredTable {
  const roles = chooseRoles(table.columns, path, choice);
  if (table.rows.length === 0) {
    throw new InputError("The file has no row", {
      where: path,
      found: "a header alone",
      expected: "at least one row",
      fix: "add rows, or leave --from out for an example",
    });
  }
  const taken = new Set<string>();
  const nameOf = (column: string) => {
    const name = fieldName(column, taken);
    taken.add(name);
    return name;
  };
  const given = (column: string) => table.rows.map((row) => inputCell(row.cells[column]));
  const wanted = (column: string) => table.rows.map((row) => outputCell(row.cells[column]));
  const inputs = roles.inputs.map((column) => inferInput(column, nameOf(column), given(column)));
  const texts = inputs.filter(({ type }) => type.kind === "text");
  const outputs = roles.outputs.map((column) => {
    const values = wanted(column);
    if (values.every((value) => value === "")) {
      throw new InputError(`Output ${JSON.stringify(column)} is empty in every row`, {
        where: `${path}, line 1`,
        expected: "at least one value, to infer its type from",
        fix: "fill it in, or choose the columns: --inputs a,b --outputs c",
      });
    }
    const sources = texts.map((input) => ({ name: input.name, cells: given(input.column) }));
    return inferOutput(column, nameOf(column), values, sources);
  });
  const { id, meta, leftOut, rule } = roles;
  const notes = [
    ...[...inputs, ...outputs].flatMap(renamed),
    ...outputs.flatMap((field) => remarks(field, wanted(field.column))),
  ];
  return { ...(id !== undefined && { id }), meta, leftOut, rule, inputs, outputs, notes };
}

/** An input cell as a dataset keeps it: as it stands, but spaces alone are nothing. */
export function inputCell(cell = ""): string {
  return cell.trim() === "" ? "" : cell;
}

/** Any other cell as a dataset keeps it: `a, b` is no label with a space before it. */
export function outputCell(cell = ""): string {
  return cell.trim();
}

function inferInput(column: string, name: string, cells: readonly string[]): InferredField {
  const found = inferType(cells);
  const isText = found.kind === "text" || found.kind === "enum" || found.kind === "numeral";
  const nullable = !isText && cells.includes("");
  return { name, column, type: isText ? { kind: "text" } : found, nullable };
}

function inferOutput(
  column: string,
  name: string,
  cells: readonly string[],
  sources: readonly { name: string; cells: readonly string[] }[],
): InferredField {
  const field = { name, column, type: inferType(cells), nullable: cells.includes("") };
  if (field.type.kind === "numeral") return { ...field, compare: { by: "number" } };
  if (field.type.kind !== "text") return field;
  const filled = cells.filter((cell) => cell !== "");
  const isCode = filled.every((cell) => /^\S*\d\S*$/.test(cell));
  const source = filled.length < 2
    ? undefined
    : sources.find((input) =>
      cells.every((cell, row) => cell === "" || isGrounded(cell, input.cells[row] ?? ""))
    );
  const compare: DeclaredCompare = { by: isCode ? "exact" : "text" };
  return { ...field, compare: { ...compare, ...(source && { groundedIn: source.name }) } };
}

function renamed({ name, column }: InferredField): string[] {
  return name === column ? [] : [`column ${JSON.stringify(column)} is called ${name}`];
}

function remarks({ name, type }: InferredField, cells: readonly string[]): string[] {
  const values = [...new Set(cells)];
  if (values.length === 1 && cells.length > 1) {
    return [`${name} has the same value in every row, so it tells no model from another`];
  }
  if (type.kind !== "enum") return [];
  const folded = new Set(type.labels.map((label) => label.normalize("NFKC").toLowerCase()));
  return folded.size === type.labels.length
    ? []
    : [`${name} has labels that differ only in case; they count as the same`];
}
