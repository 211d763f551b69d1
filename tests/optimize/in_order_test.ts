import assert from "node:assert/strict";
import fc from "fast-check";
import { inOrder } from "@lib/optimize/in_order.ts";

/** Work whose pieces end in an order of the test's choice. */
function stalled() {
  const begun: number[] = [];
  const ends = new Map<number, () => void>();
  const work = (piece: number) =>
    new Promise<number>((resolve) => {
      begun.push(piece);
      ends.set(piece, () => resolve(piece));
    });
  return { begun, work, end: (piece: number) => ends.get(piece)?.() };
}

const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

Deno.test("inOrder() gives results in the order of the pieces, whatever ends first", async () => {
  const { work, end } = stalled();
  const running = inOrder([0, 1, 2], work, { places: 3 });
  for (const piece of [2, 0, 1]) end(piece);
  assert.deepEqual(await running, { results: [0, 1, 2], complete: true });
});

Deno.test("inOrder() begins piece i only when piece i - places is finished", async () => {
  const { begun, work, end } = stalled();
  const running = inOrder([0, 1, 2, 3], work, { places: 2 });
  await turn();
  assert.deepEqual(begun, [0, 1]);
  end(1);
  await turn();
  assert.deepEqual(begun, [0, 1], "piece 0 is not finished");
  end(0);
  await turn();
  assert.deepEqual(begun, [0, 1, 2, 3]);
  for (const piece of [2, 3]) end(piece);
  await running;
});

Deno.test("inOrder() decides from the same results in every run, however long each piece takes", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.nat(3), { minLength: 1, maxLength: 12 }),
    fc.array(fc.nat(3), { minLength: 12, maxLength: 12 }),
    fc.integer({ min: 1, max: 4 }),
    async (costs, delays, places) => {
      const seen: string[] = [];
      const run = async (wait: readonly number[]) => {
        const work = async (piece: number) => {
          for (let turns = wait[piece] ?? 0; turns > 0; turns--) await Promise.resolve();
          return costs[piece] ?? 0;
        };
        const { results } = await inOrder([...costs.keys()], work, {
          places,
          mayBegin: (done) => {
            seen.push(JSON.stringify(done));
            return done.reduce((sum, cost) => sum + cost, 0) < 6;
          },
        });
        return [results, seen.splice(0)];
      };
      assert.deepEqual(await run(delays), await run(delays.map(() => 0)));
    },
  ));
});

Deno.test("inOrder() waits for what is under way before it gives up on the next piece", async () => {
  const { results, complete } = await inOrder([3, 3, 3, 3], (cost) => Promise.resolve(cost), {
    places: 4,
    // 11 may be spent, and a piece may cost as much as 5: the third may begin when two have come to 6
    mayBegin: (done, underWay) => done.reduce((sum, cost) => sum + cost, 0) + 5 * (underWay + 1) <= 11,
  });
  assert.deepEqual([results.length, complete], [3, false]);
});

Deno.test("inOrder() throws the first error in order, when all that was begun has ended", async () => {
  const { begun, work, end } = stalled();
  const failing = (piece: number) => piece === 0 ? Promise.reject(new Error("piece 0")) : work(piece);
  let over = false;
  const running = inOrder([0, 1], failing, { places: 2 }).catch((error) => {
    over = true;
    return error;
  });
  await turn();
  assert.deepEqual([begun, over], [[1], false]);
  end(1);
  assert.equal((await running).message, "piece 0");
});
