import { sharedWork } from "../../../lib/program/retrieval/shared_work.ts";
import assert from "node:assert/strict";

/** Work that ends when it is told to, and counts its starts and stops. */
function controlled() {
  const starts: { end: PromiseWithResolvers<number>; signal: AbortSignal }[] = [];
  const work = (signal: AbortSignal) => {
    const end = Promise.withResolvers<number>();
    signal.addEventListener("abort", () => end.reject(signal.reason));
    starts.push({ end, signal });
    return end.promise;
  };
  return { starts, shared: sharedWork(work, (value) => value > 0) };
}

Deno.test("sharedWork() starts once for all who wait, and keeps the result for later ones", async () => {
  const { starts, shared } = controlled();
  const waiting = [shared(), shared(new AbortController().signal), shared()];
  starts[0]!.end.resolve(5);
  assert.deepEqual(await Promise.all(waiting), [5, 5, 5]);
  assert.equal(await shared(), 5);
  assert.equal(starts.length, 1);
});

Deno.test("sharedWork() tries again after a result that is not kept, and after an error", async () => {
  const { starts, shared } = controlled();
  const first = shared();
  starts[0]!.end.resolve(0);
  assert.equal(await first, 0);
  const second = shared();
  starts[1]!.end.reject(new Error("no"));
  await assert.rejects(second, /no/);
  const third = shared();
  starts[2]!.end.resolve(1);
  assert.equal(await third, 1);
});

Deno.test("sharedWork() goes on for the others when one gives up", async () => {
  const { starts, shared } = controlled();
  const stop = new AbortController();
  const leaving = shared(stop.signal);
  const staying = shared();
  stop.abort(new Error("enough"));
  await assert.rejects(leaving, /enough/);
  assert.equal(starts[0]!.signal.aborted, false);
  starts[0]!.end.resolve(3);
  assert.equal(await staying, 3);
});

Deno.test("sharedWork() stops when the last gives up, and a later caller starts anew", async () => {
  const { starts, shared } = controlled();
  const stops = [new AbortController(), new AbortController()];
  const leaving = stops.map(({ signal }) => shared(signal));
  stops[0]!.abort(new Error("first"));
  stops[1]!.abort(new Error("second"));
  await assert.rejects(leaving[0]!, /first/);
  await assert.rejects(leaving[1]!, /second/);
  assert.equal(starts[0]!.signal.aborted, true);
  const again = shared();
  starts[1]!.end.resolve(4);
  assert.equal(await again, 4);
});

Deno.test("sharedWork() starts nothing for a signal that is aborted already", async () => {
  const { starts, shared } = controlled();
  await assert.rejects(shared(AbortSignal.abort(new Error("late"))), /late/);
  assert.equal(starts.length, 0);
});
