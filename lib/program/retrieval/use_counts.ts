/** One prediction, as far as it tells of the items that were shown for it. */
export interface UseRecord {
  /** Items that were shown. */
  itemIds: readonly string[];
  correct: boolean;
}

/** How often an item was shown, and how often the prediction was then wrong. */
export interface Use {
  used: number;
  wrongWhenUsed: number;
}

/** Use counts of a corpus, from journals. */
export interface UseCounts {
  /** Predictions, whatever was shown. */
  total: number;
  /** Wrong ones among them. */
  wrong: number;
  /** By item id; an item that was never shown is not in it. */
  items: ReadonlyMap<string, Use>;
}

/**
 * Counts how often items were shown and with what success. A prediction counts once for each of its items.
 *
 * @example Usage
 * ```ts
 * import { countUses } from "@lib/program/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const uses = countUses([{ itemIds: ["a", "b"], correct: true }, { itemIds: ["a"], correct: false }]);
 * assert.deepEqual(uses.items.get("a"), { used: 2, wrongWhenUsed: 1 });
 * ```
 */
export function countUses(records: Iterable<UseRecord>): UseCounts {
  const items = new Map<string, Use>();
  let total = 0;
  let wrong = 0;
  for (const { itemIds, correct } of records) {
    const miss = correct ? 0 : 1;
    total++;
    wrong += miss;
    for (const id of new Set(itemIds)) {
      const { used, wrongWhenUsed } = items.get(id) ?? { used: 0, wrongWhenUsed: 0 };
      items.set(id, { used: used + 1, wrongWhenUsed: wrongWhenUsed + miss });
    }
  }
  return { total, wrong, items };
}
