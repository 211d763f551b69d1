/** Options of {@linkcode inOrder}. */
export interface InOrderOptions<R> {
  /** Pieces under way at a time, at least 1. */
  places: number;
  /**
   * Whether the next piece may begin, given what is finished and how many are under way. When it may not, the oldest
   * is waited for and it is asked again; with none under way the work ends.
   */
  mayBegin?: (done: readonly R[], underWay: number) => boolean;
  /** Told of each result, in order. */
  onDone?: (result: R, done: number) => void;
}

/**
 * Works off some pieces side by side, and takes their results in order: piece i begins only when piece i - places
 * is finished, so that what is known when it begins is the same in every run, however long each piece took.
 *
 * @returns The results of the pieces that were begun, and whether those are all.
 */
export async function inOrder<T, R>(
  pieces: readonly T[],
  work: (piece: T) => Promise<R>,
  { places, mayBegin = () => true, onDone }: InOrderOptions<R>,
): Promise<{ results: R[]; complete: boolean }> {
  const results: R[] = [];
  const underWay: Promise<R>[] = [];
  const takeOldest = async () => {
    const result = await underWay[0]!;
    underWay.shift();
    results.push(result);
    onDone?.(result, results.length);
  };
  let begun = 0;
  try {
    while (begun < pieces.length) {
      if (underWay.length >= places) await takeOldest();
      else if (mayBegin(results, underWay.length)) {
        const running = work(pieces[begun++]!);
        running.catch(() => undefined); // its turn to be waited for comes
        underWay.push(running);
      } else if (underWay.length > 0) await takeOldest();
      else break;
    }
    while (underWay.length > 0) await takeOldest();
  } finally {
    await Promise.allSettled(underWay); // nothing that was begun goes on unseen
  }
  return { results, complete: begun === pieces.length };
}
