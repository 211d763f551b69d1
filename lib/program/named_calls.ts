import type { Diagnostics } from "./types.ts";
import type { CallRecord } from "./workflow.ts";

/**
 * The named calls that a workflow kept, in the order in which they began; `undefined` where there are none: the program
 * is no workflow, or a strategy round it, such as selfConsistency, keeps what its samples came to and not their calls.
 */
export function namedCallsOf({ calls }: Diagnostics): readonly CallRecord[] | undefined {
  return Array.isArray(calls) ? calls as CallRecord[] : undefined;
}

/**
 * The named call that a request was made for: the outermost segment of its path that is the name of a call, so a
 * workflow inside a call counts as that call. Segments that strategies put there (`sample 3`, `attempt 1`,
 * `correction 1`, `escalation`, `embedding`) are no names, unless a call is known to be called so. What stands below
 * `derived …` serves as background and belongs to what asked for it.
 *
 * @param path Of the request, as seen from the whole program.
 * @param known Names of calls that are known.
 * @returns `undefined` for a request beside all calls.
 * @example Usage
 * ```ts
 * import { callOfPath } from "@lib/program/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(callOfPath(["sample 0", "percent", "correction 1"]), "percent");
 * assert.equal(callOfPath(["derived summary"]), undefined);
 * ```
 */
export function callOfPath(
  path: readonly string[],
  known: ReadonlySet<string> = new Set(),
): string | undefined {
  for (const segment of path) {
    if (known.has(segment)) return segment;
    if (segment.startsWith("derived ")) return undefined;
    if (!OF_STRATEGIES.test(segment)) return segment;
  }
  return undefined;
}

const OF_STRATEGIES = /^(?:(?:sample|attempt|correction) \d+|escalation|embedding)$/;

/**
 * How far the samples of a call agree, from 0 to 1: the least share of its fields, as a call is no steadier than
 * its least steady field. `undefined` where it was not sampled.
 */
export function agreementOf({ diagnostics }: Pick<CallRecord, "diagnostics">): number | undefined {
  const { fields } = diagnostics;
  if (typeof fields !== "object" || fields === null) return undefined;
  const shares = Object.values(fields).flatMap((verdict) => shareOf(verdict) ?? []);
  return shares.length > 0 ? Math.min(...shares) : undefined;
}

function shareOf(verdict: unknown): number | undefined {
  const share = (verdict as { share?: unknown } | null)?.share;
  return typeof share === "number" ? share : undefined;
}
