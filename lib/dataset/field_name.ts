import { META_COLUMNS } from "./build_case.ts";

// names of a case's own columns, and of the place that chainOfThought puts before the outputs
const RESERVED: readonly string[] = ["id", "reasoning", ...META_COLUMNS];

/**
 * Makes a valid field name of a column's name: a valid one stays, others become letters, digits and `_`, without accents
 * and in lower case. Reserved names get `field_` put before them; a name that is taken gets a number.
 *
 * @param column Any text.
 * @param taken Names that are in use.
 * @example Usage
 * ```ts
 * import { fieldName } from "@lib/dataset/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(fieldName("orderId"), "orderId");
 * assert.equal(fieldName("Größe (cm)"), "grosse_cm");
 * assert.equal(fieldName("2nd line", new Set(["field_2nd_line"])), "field_2nd_line_2");
 * ```
 */
export function fieldName(column: string, taken: ReadonlySet<string> = new Set()): string {
  const plain = /^[A-Za-z_][A-Za-z0-9_]*$/.test(column) ? column : simplify(column);
  const fits = /^[A-Za-z_]/.test(plain) && !RESERVED.includes(plain) && !(plain in Object.prototype);
  const name = fits ? plain : `field_${plain.replace(/^_+|_+$/g, "")}`.replace(/_$/, "");
  for (let count = 1;; count++) {
    const candidate = count === 1 ? name : `${name}_${count}`;
    if (!taken.has(candidate)) return candidate;
  }
}

function simplify(column: string): string {
  return column.replaceAll("ß", "ss").normalize("NFKD").replace(/\p{M}/gu, "").replace(/[^A-Za-z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "").toLowerCase().slice(0, 60);
}
