import type { ReplyStore, StoredReply } from "@lib/model/mod.ts";

/** A store in memory, with what it holds. */
export function memory(
  replies: Record<string, StoredReply> = {},
): { store: ReplyStore; held: Map<string, StoredReply> } {
  const held = new Map(Object.entries(replies));
  const store: ReplyStore = {
    get: (key) => held.get(key),
    put: (key, stored) => {
      held.set(key, stored);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  return { store, held };
}
