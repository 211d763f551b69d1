import type { CompareOptions } from "../../signature/mod.ts";

/** The members of a list value; a single value is a list of one, as comparators have it. */
export function listMembers(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

/** How the members of a set or list are compared. */
export function memberCompare(compare: CompareOptions): CompareOptions {
  return (compare.by === "set" || compare.by === "list" ? compare.of : undefined) ?? { by: "text" };
}
