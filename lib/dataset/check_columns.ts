import { InputError, suggest } from "../io/mod.ts";

/** What {@linkcode checkColumns} compares. */
export interface ColumnCheck {
  columns: readonly string[];
  required: readonly string[];
  optional: readonly string[];
  path: string;
  /** Line of the names. @default {1} */
  line?: number;
}

/** Refuses missing and unknown columns (or keys), with the name that was likely meant. */
export function checkColumns({ columns, required, optional, path, line = 1 }: ColumnCheck): void {
  const where = `${path}, line ${line}`;
  const known = [...required, ...optional];
  const extra = columns.filter((name) => !known.includes(name));
  const missing = required.filter((name) => !columns.includes(name));
  const [absent] = missing;
  if (absent !== undefined) {
    const near = suggest(absent, extra);
    throw new InputError(`Missing column "${absent}"`, {
      where,
      found: columns.join(", "),
      expected: known.join(", "),
      fix: near ? `rename "${near}" to "${absent}"` : `add the column "${absent}"`,
    });
  }
  const [unknown] = extra;
  if (unknown === undefined) return;
  const near = suggest(unknown, known);
  throw new InputError(`Unknown column "${unknown}"`, {
    where,
    found: columns.join(", "),
    expected: known.join(", "),
    fix: near
      ? `did you mean "${near}"?`
      : "remove it, declare it in the signature, or put free text into note",
  });
}
