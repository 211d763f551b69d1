import { createHash } from "node:crypto";
import { canonicalJson } from "./canonical_json.ts";

/**
 * SHA-256 of a text (its UTF-8 bytes), 64 lower-case hex digits.
 *
 * @example Usage
 * ```ts
 * import { digestText } from "@lib/io/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.match(digestText(""), /^e3b0c442/); // FIPS 180-4, the empty message
 * ```
 */
export function digestText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/**
 * SHA-256 of the canonical JSON of some data, 64 lower-case hex digits: equal data, equal digest,
 * whatever the order of its keys.
 *
 * @example Usage
 * ```ts
 * import { digest } from "@lib/io/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(digest({ a: 1, b: 2 }), digest({ b: 2, a: 1 }));
 * ```
 */
export function digest(value: unknown): string {
  return digestText(canonicalJson(value));
}
