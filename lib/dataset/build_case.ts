import type { z } from "zod";
import { InputError, suggest } from "../io/mod.ts";
import type { Signature } from "../signature/mod.ts";
import { assignSplit } from "./assign_split.ts";
import { type Case, type Coverage, COVERAGES, type Split, SPLITS } from "./types.ts";

/** Columns or keys that every dataset may have beside those of its signature. */
export const META_COLUMNS: readonly string[] = [
  "coverage",
  "split",
  "group",
  "session",
  "at",
  "origin",
  "note",
];

/** Start of the name of a column that holds a field of the case's state, e.g. `state.tier`. */
export const STATE_PREFIX = "state.";

/** A case as read, before validation. */
export interface RawCase {
  line: number;
  id: unknown;
  input: unknown;
  expected: unknown;
  /** Fields beside those of the signature; of a table, its `state.` columns. */
  state?: unknown;
  meta: Readonly<Record<string, unknown>>;
}

/** Validates one case against a signature; a case without a split gets one by a hash of its group or id. */
export function buildCase<I, O>(raw: RawCase, signature: Signature<I, O>, path: string): Case<I, O> {
  const where = `${path}, line ${raw.line}`;
  const id = readId(raw.id, where);
  const input = validate(signature.inputSchema, raw.input, `${where}, case ${id}`);
  const expected = validate(signature.truthSchema, raw.expected, `${where}, case ${id}`);
  const text = (name: string) => readText(raw.meta[name], name, where);
  const group = text("group");
  const session = text("session");
  const note = text("note");
  const at = readTime(text("at"), where);
  const state = readState(raw.state, where);
  return {
    id,
    input,
    expected,
    coverage: oneOf(text("coverage") ?? "common", COVERAGES, "coverage", where),
    split: oneOf(text("split") ?? assignSplit(group ?? session ?? id), SPLITS, "split", where),
    ...(group && { group }),
    ...(session && { session }),
    ...(at && { at }),
    ...(state && { state }),
    origin: text("origin") ?? "authored",
    ...(note && { note }),
    line: raw.line,
  };
}

function readId(value: unknown, where: string): string {
  if (typeof value === "string" && /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(value) && !value.includes("..")) {
    return value;
  }
  throw new InputError("Bad case id", {
    where: `${where}, field id`,
    found: JSON.stringify(value)?.slice(0, 120) ?? "nothing",
    expected: "1 to 100 letters, digits, . _ - that start with a letter or digit, without two dots in a row",
    fix: "ids become file names and keys: choose plain ones",
  });
}

function validate<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path.map(String).join(".") ?? "";
  const found = (issue?.path ?? []).reduce<unknown>(
    (part, key) => (typeof part === "object" && part !== null ? Reflect.get(part, key) : undefined),
    value,
  );
  const more = result.error.issues.length - 1;
  throw new InputError("A value does not fit the signature", {
    where: path ? `${where}, field ${path}` : where,
    found: found === undefined ? "nothing" : JSON.stringify(found)?.slice(0, 120),
    expected: `${issue?.message ?? ""}${more > 0 ? ` (and ${more} more faults in this case)` : ""}`,
    fix: "correct the cell, or the field's type in the signature",
  });
}

function readTime(value: string | undefined, where: string): string | undefined {
  if (value === undefined || (/^\d{4}-\d{2}-\d{2}/.test(value) && !Number.isNaN(Date.parse(value)))) {
    return value;
  }
  throw new InputError("Bad time", {
    where: `${where}, field at`,
    found: JSON.stringify(value),
    expected: "ISO 8601, e.g. 2026-03-31 or 2026-03-31T09:30:00Z",
  });
}

function readState(value: unknown, where: string): Readonly<Record<string, unknown>> | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new InputError("Bad value", {
      where: `${where}, field state`,
      found: JSON.stringify(value)?.slice(0, 120),
      expected: 'an object, e.g. { "tier": "gold" }',
    });
  }
  const known = Object.entries(value);
  return known.length > 0 ? Object.fromEntries(known) : undefined;
}

function readText(value: unknown, name: string, where: string): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "string") return value;
  throw new InputError("Bad value", {
    where: `${where}, field ${name}`,
    found: JSON.stringify(value),
    expected: "a text",
  });
}

function oneOf<T extends Coverage | Split>(
  value: string,
  known: readonly T[],
  name: string,
  where: string,
): T {
  const match = known.find((candidate) => candidate === value);
  if (match) return match;
  const near = suggest(value, known);
  throw new InputError(`Unknown ${name}`, {
    where: `${where}, field ${name}`,
    found: JSON.stringify(value),
    expected: known.join(", "),
    ...(near && { fix: `did you mean ${near}?` }),
  });
}
