/**
 * JSON text with the keys of every object sorted by code unit, so that equal data has equal text.
 * Where the order of keys carries meaning (a schema sent to a model), digest the plain text instead.
 *
 * @param value JSON data; `undefined` members are left out, as `JSON.stringify` does.
 * @throws TypeError for what JSON cannot hold and `JSON.stringify` would drop or flatten: numbers that are not
 * finite, `undefined` in an array, functions, symbols, bigints, dates, maps and other class instances.
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
  if (Array.isArray(value)) return `[${Array.from(value, canonicalJson).join(",")}]`; // holes become undefined: refused
  if (typeof value === "object") {
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== null && prototype !== Object.prototype) {
      throw new TypeError(`Cannot write an instance of ${prototype.constructor?.name} as JSON`);
    }
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
    return `{${members.join(",")}}`;
  }
  throw new TypeError(`Cannot write a value of type ${typeof value} as JSON`);
}
