import type { Case } from "../dataset/mod.ts";

/** A case as a check may see it. */
export type CheckedCase = Pick<Case, "id" | "input" | "expected" | "state">;

/**
 * A rule for one output field that needs no model: a pure function of the value and the case. A field that is
 * `null` is not checked.
 *
 * @returns What is broken, in a few words; `undefined` when nothing is.
 */
export type Check = (value: unknown, entry: CheckedCase) => string | undefined;

/** Checks by output field. */
export type Checks = Readonly<Record<string, Check>>;

/** What a check found: a broken rule, or that it failed itself. */
export interface CheckFinding {
  kind: "violation" | "fault";
  reason: string;
}

/** Applies checks to an output; fields that pass are left out. A check that throws has decided nothing. */
export function applyChecks(
  checks: Checks,
  output: Readonly<Record<string, unknown>>,
  entry: CheckedCase,
): Record<string, CheckFinding> {
  const findings = Object.entries(checks).flatMap(([field, check]): [string, CheckFinding][] => {
    const value = output[field] ?? null;
    if (value === null) return [];
    try {
      const reason = check(value, entry);
      return reason === undefined ? [] : [[field, { kind: "violation", reason }]];
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return [[field, { kind: "fault", reason: `the check failed: ${message}` }]];
    }
  });
  return Object.fromEntries(findings);
}
