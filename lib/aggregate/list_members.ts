/** The members of a list value; a single value is a list of one, as comparators have it. */
export function listMembers(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}
