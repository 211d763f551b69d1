/**
 * Yields the positions of scores, best first; of equal ones the earlier position. Only what is taken is put in
 * order (a binary heap), as few of many items are ever looked at.
 *
 * @param scores Positions of `-Infinity` are left out.
 */
export function* bestFirst(scores: Float64Array): Generator<number> {
  const heap = Int32Array.from(scores.keys().filter((at) => scores[at]! > -Infinity));
  let size = heap.length;
  const before = (a: number, b: number) => scores[a]! > scores[b]! || (scores[a] === scores[b] && a < b);
  const sink = (from: number) => {
    const moved = heap[from]!;
    let at = from;
    for (let child = 2 * at + 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, moved)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = moved;
  };
  for (let at = (size >> 1) - 1; at >= 0; at--) sink(at);
  while (size > 0) {
    const best = heap[0]!;
    heap[0] = heap[--size]!;
    sink(0);
    yield best;
  }
}
