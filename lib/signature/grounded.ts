/**
 * Whether a value occurs in a source text, as a token of its own: Unicode NFKC, case and runs of spaces do
 * not matter; `KT-48213` does not occur in `KT-482130`. Lists are grounded when every member is.
 *
 * @example Usage
 * ```ts
 * import { isGrounded } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert(isGrounded("kt-48213", "My order KT-48213 is late"));
 * assert(!isGrounded("48213", "Call 0482137"));
 * ```
 */
export function isGrounded(value: unknown, source: string): boolean {
  if (value === null || value === undefined) return true;
  if (Array.isArray(value)) return value.every((member) => isGrounded(member, source));
  if (typeof value === "object") return Object.values(value).every((member) => isGrounded(member, source));
  const needle = fold(String(value));
  if (needle === "") return false;
  const haystack = fold(source);
  for (let at = haystack.indexOf(needle); at !== -1; at = haystack.indexOf(needle, at + 1)) {
    const before = haystack[at - 1] ?? " ";
    const after = haystack[at + needle.length] ?? " ";
    if (!joins(before, needle[0] ?? "") && !joins(needle.at(-1) ?? "", after)) return true;
  }
  return false;
}

function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
}

function joins(left: string, right: string): boolean {
  return /[\p{L}\p{N}]/u.test(left) && /[\p{L}\p{N}]/u.test(right);
}
