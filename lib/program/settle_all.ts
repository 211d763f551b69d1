/**
 * Waits for all, then throws the first error, if there is one: nothing that was begun goes on unseen.
 */
export async function settleAll<T>(running: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(running);
  return settled.map((entry) => {
    if (entry.status === "rejected") throw entry.reason;
    return entry.value;
  });
}
