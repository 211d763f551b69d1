import type { FieldVerdict } from "./types.ts";

/**
 * The best guess that a verdict holds: its value, the leading candidate when it is unresolved, `null` when
 * nobody stated a value. For those who take a value whatever the agreement.
 *
 * @example Usage
 * ```ts
 * import { leadingValue, median } from "@lib/aggregate/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const samples = [10, 50, 90].map((value) => ({ status: "ok" as const, value }));
 * const verdict = median().aggregate(samples, { name: "share", compare: { by: "percent" } });
 * assert.equal(verdict.status, "unresolved");
 * assert.equal(leadingValue(verdict), 10);
 * ```
 */
export function leadingValue(part: FieldVerdict): unknown {
  if (part.status === "ok") return part.value;
  return part.reason === "multimodal" ? part.leading : null;
}
