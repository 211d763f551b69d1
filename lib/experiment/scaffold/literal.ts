/**
 * A text as a TypeScript literal, whatever it holds: quotes, backslashes and line ends are escaped, and so is every
 * character that cannot be seen or moves its neighbours (controls, direction marks, odd spaces).
 *
 * @example Usage
 * ```ts
 * import { literal } from "./literal.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(literal('"; ${x} \u2028'), '"\\"; ${x} \\u2028"');
 * ```
 */
export function literal(text: string): string {
  return JSON.stringify(text).replace(
    /[\p{C}\p{Z}]/gu,
    (character) => character === " " ? " " : escape(character),
  );
}

function escape(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`;
  }).join("");
}
