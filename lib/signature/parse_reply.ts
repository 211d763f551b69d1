import type { z } from "zod";
import { canonicalJson } from "../io/mod.ts";
import { extractObjects } from "./extract_objects.ts";
import type { Signature } from "./signature.ts";

/** What a model sent back, as far as reading it needs. */
export interface RawReply {
  /** Text of the reply, `null` when there was none. */
  text: string | null;
  /** Why the model stopped, as the provider said: `stop`, `length`, `content_filter`, … */
  finishReason: string | null;
  /** The provider's refusal text, where it has a field for it. */
  refusal?: string | null;
}

/** A reply read against a signature. A value is never invented: whatever does not validate is not `ok`. */
export type ParsedReply<O> =
  | { status: "ok"; output: O }
  | { status: "format"; path: string; reason: string }
  | { status: "truncated" | "refused" | "empty"; reason: string };

/**
 * Reads a reply against a signature. Fences and prose round the JSON are tolerated; several different
 * valid objects are not, as choosing one would be a guess. Of two members with one name the last counts, as
 * `JSON.parse` has it.
 *
 * @returns `ok` with the typed output; `format` with the path of the first fault and its reason; `truncated` when
 * the token limit cut the JSON off; `refused`; `empty`.
 * @example Usage
 * ```ts
 * import { parseReply, signature } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 * import { z } from "zod";
 *
 * const Capital = signature({ name: "c", instructions: "", input: {}, output: { city: z.string() } });
 * const reply = { text: 'Sure: {"city":"Paris"} Anything else?', finishReason: "stop" };
 * assert.deepEqual(parseReply(Capital, reply), { status: "ok", output: { city: "Paris" } });
 * ```
 */
export function parseReply<I, O>(signature: Signature<I, O>, reply: RawReply): ParsedReply<O> {
  const { text, finishReason, refusal } = reply;
  if (refusal) return { status: "refused", reason: refusal };
  if (finishReason === "content_filter") {
    return { status: "refused", reason: "stopped by the provider's content filter" };
  }
  if (text === null || text.trim() === "") {
    return finishReason === "length"
      ? { status: "truncated", reason: "the token limit was reached before any text" }
      : { status: "empty", reason: "the reply has no text" };
  }
  const { objects, unfinished } = extractObjects(text);
  const cutOff = finishReason === "length" && (unfinished || objects.length === 0);
  if (objects.length === 0 && !cutOff) {
    return {
      status: "format",
      path: "",
      reason: unfinished ? "the JSON object does not end" : "no JSON object in the reply",
    };
  }
  const results = objects.map((object) => signature.outputSchema.safeParse(object));
  const valid = results.flatMap((result) => (result.success ? [result.data] : []));
  const [first] = valid;
  if (first === undefined) {
    return cutOff
      ? { status: "truncated", reason: "the token limit cut the JSON off" }
      : fault(results, objects);
  }
  const texts = valid.map(textOf);
  if (texts.includes(undefined)) {
    return { status: "format", path: "", reason: "a number in the reply is too large" };
  }
  if (new Set(texts).size > 1) {
    return {
      status: "format",
      path: "",
      reason: `${valid.length} different JSON objects in the reply, expected one`,
    };
  }
  return { status: "ok", output: first };
}

function textOf(output: unknown): string | undefined {
  try {
    return canonicalJson(output);
  } catch {
    return undefined; // JSON.parse reads 1e999 as Infinity, which no JSON holds; zod stops it only in typed fields
  }
}

function fault(
  results: z.ZodSafeParseResult<unknown>[],
  objects: Record<string, unknown>[],
): ParsedReply<never> {
  const issue = results[0]?.error?.issues[0];
  if (!issue) return { status: "format", path: "", reason: "does not match the schema" };
  const found = issue.path.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined),
    objects[0],
  );
  const shown = found === undefined ? "nothing" : (JSON.stringify(found) ?? "nothing").slice(0, 80);
  return {
    status: "format",
    path: issue.path.map(String).join("."),
    reason: `${issue.message}; found ${shown}`,
  };
}
