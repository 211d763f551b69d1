import { digestText } from "../io/mod.ts";

/**
 * Items in an order by chance that repeats from a seed. Each has its place by its own id, so one more or one less
 * leaves the order of the others as it was.
 *
 * @param salt Tells apart several orders of one seed.
 * @example Usage
 * ```ts
 * import { seededOrder } from "@lib/optimize/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const items = ["a", "b", "c", "d"].map((id) => ({ id }));
 * assert.deepEqual(seededOrder(items, 1, "demos"), seededOrder(items.toReversed(), 1, "demos"));
 * ```
 */
export function seededOrder<T extends { id: string }>(items: readonly T[], seed: number, salt: string): T[] {
  return items
    .map((item) => ({ item, key: digestText(JSON.stringify([seed, salt, item.id])) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ item }) => item);
}
