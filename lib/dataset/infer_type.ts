import { z } from "zod";
import { parseNumber } from "../signature/mod.ts";

/** Type of a column, as far as its cells show it. */
export type InferredType =
  /** Any text. */
  | { kind: "text" }
  /** Texts that state a number in a spelling which a CSV cell of a number field may not have: `1,200`, `$5`, `30%`. */
  | { kind: "numeral" }
  /** One of a few labels. */
  | { kind: "enum"; labels: readonly string[] }
  | { kind: "number"; whole: boolean }
  | { kind: "boolean" }
  /** A day as YYYY-MM-DD. */
  | { kind: "date" };

const MOST_LABELS = 20;
const LONGEST_LABEL = 40;

/**
 * Infers the type of a column from its cells; empty ones say nothing. In this order: `true` and `false`; ISO days;
 * numbers (not codes: `007`, `+49`, more than 15 digits); numbers in other spellings; labels, when there are at most
 * 20 different ones of at most 40 characters, each used twice on average; else text.
 *
 * @example Usage
 * ```ts
 * import { inferType } from "@lib/dataset/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.deepEqual(inferType(["3", "-4.5"]), { kind: "number", whole: false });
 * assert.deepEqual(inferType(["low", "high", "", "low", "high"]), { kind: "enum", labels: ["low", "high"] });
 * assert.deepEqual(inferType(["007", "008"]), { kind: "text" });
 * ```
 */
export function inferType(cells: readonly string[]): InferredType {
  const filled = cells.filter((cell) => cell !== "");
  if (filled.length === 0) return { kind: "text" };
  if (filled.every((cell) => /^(true|false)$/i.test(cell))) return { kind: "boolean" };
  if (filled.every((cell) => z.iso.date().safeParse(cell).success)) return { kind: "date" };
  if (filled.every(isNumber)) {
    return { kind: "number", whole: filled.every((cell) => Number.isSafeInteger(Number(cell))) };
  }
  if (filled.every((cell) => isNumber(cell) || isNumeral(cell))) return { kind: "numeral" };
  const labels = [...new Set(filled)];
  const few = labels.length <= MOST_LABELS && labels.length * 2 <= filled.length;
  return few && labels.every(isLabel) ? { kind: "enum", labels } : { kind: "text" };
}

function isNumber(cell: string): boolean {
  const plain = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d{1,3})?$/.test(cell);
  return plain && Number.isFinite(Number(cell)) && cell.replace(/[eE].*|\D/g, "").length <= 15;
}

function isNumeral(cell: string): boolean {
  return /[,'$€£¥%]/.test(cell) && parseNumber(cell) !== undefined;
}

function isLabel(text: string): boolean {
  // zod keeps labels as the keys of an object, where this one would set its prototype
  return text.length <= LONGEST_LABEL && !/[\r\n]/.test(text) && text !== "__proto__";
}
