interface Waiting {
  admit: () => void;
  signal: AbortSignal | undefined;
  onAbort: () => void;
}

/** Clock and timer, so that waiting can be tested without waiting. */
export interface Clock {
  /** Milliseconds on a monotonic clock. */
  now(): number;
  /** Resolves after some ms, or rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Longest wait of `setTimeout()`, ms; it takes a longer one for none at all. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's own clock. */
export const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, Math.min(ms, LONGEST_TIMER_MS));
      signal?.addEventListener("abort", stop, { once: true });
    }),
};

/** Admits at most `capacity` requests at a time to one endpoint, first come, first served. */
export class Limiter {
  #free: number;
  readonly #waiting: Waiting[] = [];

  /** @param capacity Most requests in flight, at least 1. */
  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1) {
      throw new RangeError(
        `Cannot limit requests as capacity must be an integer >= 1: current value is ${capacity}`,
      );
    }
    this.#free = capacity;
  }

  /**
   * Waits for a place.
   *
   * @returns A function that gives the place back; call it once.
   * @throws The signal's reason when aborted while waiting.
   */
  acquire(signal?: AbortSignal): Promise<() => void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve(() => this.#release());
    }
    return new Promise((resolve, reject) => {
      const entry: Waiting = {
        admit: () => {
          signal?.removeEventListener("abort", entry.onAbort);
          resolve(() => this.#release());
        },
        signal,
        onAbort: () => {
          this.#waiting.splice(this.#waiting.indexOf(entry), 1);
          reject(signal?.reason);
        },
      };
      signal?.addEventListener("abort", entry.onAbort, { once: true });
      this.#waiting.push(entry);
    });
  }

  #release(): void {
    const next = this.#waiting.shift();
    if (next) next.admit();
    else this.#free++;
  }
}
