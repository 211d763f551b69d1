import { canonicalJson } from "../../io/mod.ts";

/**
 * The text of an input, for an index and for the queries put to it alike: the values of some fields in the order of
 * these fields, whatever the order of the keys of the input. What is no text stands as canonical JSON; missing and
 * null values are left out.
 *
 * @example Usage
 * ```ts
 * import { itemText } from "@lib/program/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const fields = ["title", "tags"];
 * assert.equal(itemText(fields, { tags: ["a", 1], title: "Lid" }), 'Lid\n["a",1]');
 * assert.equal(itemText(fields, { title: "Lid", tags: ["a", 1] }), 'Lid\n["a",1]');
 * ```
 */
export function itemText(fields: readonly string[], input: Readonly<Record<string, unknown>>): string {
  return fields
    .flatMap((name) => Object.hasOwn(input, name) ? [asText(input[name])] : [])
    .filter((text) => text !== "")
    .join("\n");
}

function asText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : canonicalJson(value);
}
