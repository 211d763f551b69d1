/**
 * Work that several callers wait for together: the first starts it, and it is stopped when the last has given up.
 * What is worth keeping is kept for later callers; anything else is tried again by the next one.
 *
 * @param work Must end soon after its signal aborts.
 * @param keep Whether a result is kept; an error never is.
 * @returns Waits for the work; rejects with the reason of the caller's own signal.
 */
export function sharedWork<T>(
  work: (signal: AbortSignal) => Promise<T>,
  keep: (value: T) => boolean,
): (signal?: AbortSignal) => Promise<T> {
  interface Running {
    result: Promise<T>;
    stop: AbortController;
    waiting: number;
    settled: boolean;
  }
  let current: Running | undefined;

  const start = (): Running => {
    const stop = new AbortController();
    const running = { result: work(stop.signal), stop, waiting: 0, settled: false };
    const settle = (kept: boolean) => {
      running.settled = true;
      if (!kept && current === running) current = undefined;
    };
    running.result.then((value) => settle(keep(value)), () => settle(false));
    return running;
  };

  return async (signal) => {
    signal?.throwIfAborted();
    const running = current ??= start();
    running.waiting++;
    const left = Promise.withResolvers<never>();
    const leave = () => left.reject(signal?.reason);
    signal?.addEventListener("abort", leave, { once: true });
    try {
      return await Promise.race([running.result, left.promise]);
    } finally {
      signal?.removeEventListener("abort", leave);
      if (--running.waiting === 0 && !running.settled) {
        if (current === running) current = undefined;
        running.stop.abort(signal?.reason);
      }
    }
  };
}
