/**
 * JSON text with the keys of every object sorted by code unit, so that equal data has equal text.
 * Where the order of keys carries meaning (a schema sent to a model), digest the plain text instead.
 *
 * @param value JSON data; `undefined` members are left out, as `JSON.stringify` does.
 * @throws TypeError for a number that JSON cannot hold, and for functions, symbols and bigints.
 * @example Usage
 * ```ts
 * import { canonicalJson } from "@lib/io/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(canonicalJson({ b: 1, a: [true, null] }), '{"a":[true,null],"b":1}');
 * ```
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`Cannot write ${value} as JSON`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object") {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
    return `{${members.join(",")}}`;
  }
  throw new TypeError(`Cannot write a ${typeof value} as JSON`);
}
