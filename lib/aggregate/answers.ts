import type { FieldSample } from "./types.ts";

/** A value with its place among the samples. */
export interface Answer {
  readonly sample: number;
  readonly value: unknown;
}

/** Samples sorted by whether they say something. */
export interface Answers {
  readonly answers: readonly Answer[];
  readonly n: number;
  readonly abstained: number;
  readonly failed: number;
}

/**
 * Separates the samples that state a value from those that do not.
 *
 * @throws RangeError when there is no sample: whoever asks for a value of nothing has lost its samples.
 */
export function answersOf(samples: readonly FieldSample[], name: string): Answers {
  if (samples.length === 0) throw new RangeError(`Cannot aggregate field "${name}" as there is no sample`);
  const answers = samples.flatMap((entry, sample) =>
    entry.status === "ok" ? [{ sample, value: entry.value ?? null }] : []
  );
  const count = (status: FieldSample["status"]) => samples.filter((entry) => entry.status === status).length;
  return { answers, n: answers.length, abstained: count("abstained"), failed: count("failed") };
}
