/**
 * The number that a text states, or `undefined` when it does not state exactly one: signs, thousands
 * groups (`1,200`, `1 200`), decimals, exponents, fractions (`1/2`), a currency sign and a percent sign are read.
 * A percent sign does not scale: `30%` is 30, in points.
 *
 * @example Usage
 * ```ts
 * import { parseNumber } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(parseNumber("1,200"), 1200);
 * assert.equal(parseNumber("-5"), -5);
 * assert.equal(parseNumber("1/2"), 0.5);
 * assert.equal(parseNumber("3 or 4"), undefined);
 * ```
 */
export function parseNumber(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value !== "string") return undefined;
  const text = value.normalize("NFKC").replace(/\u2212/g, "-").trim().replace(/^([-+]?)[$€£¥]\s?/, "$1")
    .replace(/\s?[%€]$/, "");
  const fraction = /^([-+]?\d+)\s*[/\u2044]\s*(\d+)$/.exec(text);
  if (fraction) return Number(fraction[2]) === 0 ? undefined : Number(fraction[1]) / Number(fraction[2]);
  const grouped = /^[-+]?\d{1,3}(?:([, '\u202f])\d{3})(?:\1\d{3})*(?:\.\d+)?$/.test(text);
  const plain = grouped ? text.replace(/[, '\u202f]/g, "") : text;
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?$/.test(plain) ? Number(plain) : undefined;
}
