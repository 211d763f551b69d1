import type { Case } from "../dataset/mod.ts";

/** A case as a check may see it. */
export type CheckedCase = Pick<Case, "id" | "input" | "expected" | "state">;

/**
 * A rule for one output field that needs no model: a pure function of the value and the case.
 *
 * @returns What is broken, in a few words; `undefined` when nothing is.
 */
export type Check = (value: unknown, entry: CheckedCase) => string | undefined;

/** Checks by output field. */
export type Checks = Readonly<Record<string, Check>>;
