import type { Vote } from "./types.ts";

/** Counts values by key, in order of appearance; a class shows its first value. */
export function classesOf(values: readonly unknown[], keys: readonly string[]): readonly Vote[] {
  const classes = new Map<string, { value: unknown; count: number }>();
  keys.forEach((key, index) => {
    const known = classes.get(key);
    if (known) known.count++;
    else classes.set(key, { value: values[index], count: 1 });
  });
  return [...classes.values()];
}

/** Counts values by key: most votes first, then in order of appearance. */
export function tally(values: readonly unknown[], keys: readonly string[]): readonly Vote[] {
  return byVotes(classesOf(values, keys));
}

/** Most votes first; of as many, in their order. */
export function byVotes(classes: readonly Vote[]): readonly Vote[] {
  return classes.toSorted((a, b) => b.count - a.count);
}

/** Whether the first two have as many votes. */
export function isTied([first, second]: readonly Vote[]): boolean {
  return first !== undefined && second !== undefined && first.count === second.count;
}
