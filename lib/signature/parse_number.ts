import { foldCharacters } from "./fold_characters.ts";

/**
 * The number that a text states, or `undefined` when it does not state exactly one: signs, thousands
 * groups (`1,200`, `1 200`), decimals, exponents, fractions (`1/2`, `1 1/2`, `1½`), a currency sign and a percent sign
 * are read. A percent sign does not scale: `30%` is 30, in points.
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
  const number = typeof value === "string" ? readNumber(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

function readNumber(value: string): number | undefined {
  const text = foldCharacters(value).trim().replace(/^([-+]?)[$€£¥]\s?/, "$1").replace(/\s?[%€]$/, "");
  const fraction = /^([-+]?)(?:(\d+)\s+)?(\d+)\s*\/\s*(\d+)$/.exec(text);
  if (fraction) {
    const [, sign, whole = "0", above, below] = fraction;
    return (Number(whole) + Number(above) / Number(below)) * (sign === "-" ? -1 : 1);
  }
  const grouped = /^[-+]?[1-9]\d{0,2}(?:([, '])\d{3})(?:\1\d{3})*(?:\.\d+)?$/.test(text);
  const plain = grouped ? text.replace(/[, ']/g, "") : text;
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?$/.test(plain) ? Number(plain) : undefined;
}
