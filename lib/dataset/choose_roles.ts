import { InputError, suggest } from "../io/mod.ts";
import { META_COLUMNS } from "./build_case.ts";

/** What each column of a table is for. */
export interface ColumnRoles {
  /** Column with the ids, if there is one. */
  id?: string;
  inputs: readonly string[];
  outputs: readonly string[];
  /** Columns that every dataset may have: coverage, split, … */
  meta: readonly string[];
  /** Columns that were not chosen. */
  leftOut: readonly string[];
  /** How the roles were found, one sentence. */
  rule: string;
}

/** Columns that the caller chose. */
export interface RoleChoice {
  inputs?: readonly string[];
  outputs?: readonly string[];
}

const OUTPUT_NAME = /^(expected.*|label|answer|output|target|truth|gold)$/i;

/**
 * Decides which columns of a table are inputs and which are outputs (the truth). Columns that are chosen keep
 * their role; where only one role is chosen, every other column has the other one. Without a choice, the outputs are
 * the columns named `expected…`, `label`, `answer`, `output`, `target`, `truth` or `gold`, else the last column.
 * `id` (also `ID`), `coverage`, `split`, `group`, `session`, `origin` and `note` have their own meaning unless chosen.
 *
 * @param columns Names in the order of the header.
 * @param path Name of the file, for errors.
 * @throws InputError for a chosen column that does not exist or has two roles, and when no input or output is left.
 * @example Usage
 * ```ts
 * import { chooseRoles } from "@lib/dataset/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const { inputs, outputs, meta } = chooseRoles(["id", "mail", "label", "split"], "mails.csv");
 * assert.deepEqual([inputs, outputs, meta], [["mail"], ["label"], ["split"]]);
 * ```
 */
export function chooseRoles(columns: readonly string[], path: string, choice: RoleChoice = {}): ColumnRoles {
  const chosen = [...choice.inputs ?? [], ...choice.outputs ?? []];
  checkChoice(chosen, columns, path);
  const free = columns.filter((column) => !chosen.includes(column));
  const id = free.find((column) => column.toLowerCase() === "id");
  const meta = free.filter((column) => META_COLUMNS.includes(column));
  const rest = free.filter((column) => column !== id && !meta.includes(column));
  const { inputs, outputs, rule } = split(rest, choice);
  const leftOut = rest.filter((column) => !inputs.includes(column) && !outputs.includes(column));
  if (inputs.length === 0 || outputs.length === 0) {
    throw new InputError(`No ${inputs.length === 0 ? "input" : "output"} column is left`, {
      where: `${path}, line 1`,
      found: columns.map((name) => JSON.stringify(name)).join(", "),
      expected: "at least one input and one output, in a file with commas between its cells",
      fix: "name them: --inputs a,b --outputs c",
    });
  }
  return { ...(id !== undefined && { id }), inputs, outputs, meta, leftOut, rule };
}

function split(rest: readonly string[], { inputs, outputs }: RoleChoice) {
  if (inputs && outputs) return { inputs, outputs, rule: "inputs and outputs as chosen" };
  if (outputs) return { inputs: rest, outputs, rule: "outputs as chosen; every other column is an input" };
  if (inputs) return { inputs, outputs: rest, rule: "inputs as chosen; every other column is an output" };
  const named = rest.filter((column) => OUTPUT_NAME.test(column));
  const found = named.length > 0 ? named : rest.slice(-1);
  return {
    inputs: rest.filter((column) => !found.includes(column)),
    outputs: found,
    rule: named.length > 0
      ? "outputs are the columns named expected…, label, answer, output, target, truth or gold"
      : "no column is named like an output (expected…, label, answer, …), so the last one is taken",
  };
}

function checkChoice(chosen: readonly string[], columns: readonly string[], path: string): void {
  for (const [index, column] of chosen.entries()) {
    if (!columns.includes(column)) {
      const near = suggest(column, columns);
      throw new InputError(`There is no column ${JSON.stringify(column)}`, {
        where: `${path}, line 1`,
        expected: `columns of the file: ${columns.map((name) => JSON.stringify(name)).join(", ")}`,
        fix: near === undefined
          ? "name a column as the header does"
          : `did you mean ${JSON.stringify(near)}?`,
      });
    }
    if (chosen.indexOf(column) !== index) {
      throw new InputError(`Column ${JSON.stringify(column)} is chosen twice`, {
        where: "--inputs, --outputs",
        expected: "each column once, as an input or as an output",
      });
    }
  }
}
