import type { Aggregator, FieldSample, FieldVerdict } from "@lib/aggregate/mod.ts";
import type { CompareOptions } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";

export const ABSTAINED: FieldSample = { status: "abstained" };
export const FAILED: FieldSample = { status: "failed" };

/** Samples that each state a value. */
export function stating(...values: readonly unknown[]): readonly FieldSample[] {
  return Object.freeze(values.map((value) => Object.freeze({ status: "ok" as const, value })));
}

/** Verdict on samples of one field. */
export function decide(
  aggregator: Aggregator,
  compare: CompareOptions,
  samples: readonly FieldSample[],
): FieldVerdict {
  return aggregator.aggregate(samples, { name: "answer", compare });
}

/** The value of a verdict that has one. */
export function valueOf(verdict: FieldVerdict): unknown {
  assert.equal(verdict.status, "ok", JSON.stringify(verdict));
  return verdict.status === "ok" ? verdict.value : undefined;
}

/** Whether a verdict has a value that its samples agree on well. */
export function isStable(verdict: FieldVerdict): boolean {
  return verdict.status === "ok" && verdict.stable;
}
