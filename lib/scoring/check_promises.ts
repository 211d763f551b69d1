/** What a text must hold and must not hold. */
export interface Promises {
  /** Groups joined by `&`, each a list of alternatives joined by `|`: one of every group must occur. */
  must?: string;
  /** Alternatives joined by `|`: none may occur. */
  mustNot?: string;
}

/**
 * Looks for facts and forbidden promises in a text, word by word. Text and alternatives are cut into words
 * after NFKC and lower case: runs of letters and digits, `%` and `€`. An alternative occurs when its words stand one
 * after the other; `*` in a word stands for any run of letters and digits. There is no rule for negation, so
 * alternatives of `mustNot` are phrases that a refusal does not hold.
 *
 * @returns The first rule that is broken, or `undefined`.
 * @example Usage
 * ```ts
 * import { checkPromises } from "@lib/scoring/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const rules = { must: "photo*|picture* & 48 hours", mustNot: "can refund|we'll refund" };
 * assert.equal(checkPromises("Send photos within 48 hours; we cannot refund you.", rules), undefined);
 * assert.match(checkPromises("Send a photo within 48 hours, then we’ll refund you.", rules) ?? "", /we'll refund/);
 * ```
 */
export function checkPromises(text: string, { must = "", mustNot = "" }: Promises): string | undefined {
  const spoken = ` ${wordsOf(text).map((word) => `${word} `).join("")}`;
  const lacking = listOf(must, "&").find((group) =>
    !listOf(group, "|").some((alternative) => occurs(alternative, spoken))
  );
  if (lacking !== undefined) return `lacks a fact: ${lacking}`;
  const broken = listOf(mustNot, "|").find((alternative) => occurs(alternative, spoken));
  return broken === undefined ? undefined : `makes a forbidden promise: ${broken}`;
}

function listOf(cell: string, separator: string): string[] {
  return cell.split(separator).map((part) => part.trim()).filter((part) => part !== "");
}

function wordsOf(text: string): string[] {
  return text.normalize("NFKC").toLowerCase().match(/[\p{L}\p{N}]+|[%€]/gu) ?? [];
}

function occurs(alternative: string, spoken: string): boolean {
  const words = alternative.normalize("NFKC").toLowerCase().match(/[\p{L}\p{N}*]+|[%€]/gu) ?? [];
  const pattern = words.map((word) => word.replaceAll("*", "[\\p{L}\\p{N}]*")).join(" ");
  return words.length > 0 && new RegExp(` ${pattern} `, "u").test(spoken);
}
