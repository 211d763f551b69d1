/** Cosine similarities to some vectors. */
export interface VectorIndex {
  /** Length of the vectors; 0 when there are none. */
  dimensions: number;
  /** Cosine of each vector with that of a query, -1 to 1; `-Infinity` where there is no vector. */
  scores(query: Float32Array): Float64Array;
}

/**
 * Cosine similarity by comparing with every vector: exact, and a few milliseconds for 10,000 of them. The vectors
 * are brought to length 1 here, so that a long one is not preferred: not every model sends them so.
 *
 * @param vectors All of one length; `undefined` for what has no vector.
 * @throws RangeError for vectors of several lengths, or without a direction.
 */
export function vectorIndex(vectors: readonly (Float32Array | undefined)[]): VectorIndex {
  const dimensions = vectors.find((vector) => vector !== undefined)?.length ?? 0;
  const rows = new Float32Array(vectors.length * dimensions);
  for (const [at, vector] of vectors.entries()) {
    if (vector) rows.set(unit(vector, dimensions), at * dimensions);
  }
  return {
    dimensions,
    scores(query) {
      const scores = new Float64Array(vectors.length).fill(-Infinity);
      if (dimensions === 0) return scores;
      const direction = unit(query, dimensions);
      for (let at = 0; at < vectors.length; at++) {
        if (!vectors[at]) continue;
        let sum = 0;
        for (let from = at * dimensions, n = 0; n < dimensions; n++) sum += rows[from + n]! * direction[n]!;
        scores[at] = sum;
      }
      return scores;
    },
  };
}

function unit(vector: Float32Array, dimensions: number): Float32Array {
  let square = 0;
  for (const value of vector) square += value * value;
  if (vector.length === dimensions && square > 0 && Number.isFinite(square)) {
    const length = Math.sqrt(square);
    return vector.map((value) => value / length);
  }
  throw new RangeError(
    `Cannot compare vectors as each must have ${dimensions} finite numbers, not all 0: one has ${vector.length}, the sum of its squares is ${square}`,
  );
}
