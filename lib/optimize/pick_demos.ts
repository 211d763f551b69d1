import type { CompiledDemo } from "../program/mod.ts";
import { alikeInputs } from "./alike.ts";
import type { Bench } from "./bench.ts";
import { labelledDemo } from "./labelled_demos.ts";
import type { Teaching } from "./teach.ts";

/** How many examples a signature gets. */
export interface DemoOptions {
  /** Most examples of right runs. @default {4} */
  maxBootstrapped?: number;
  /** Up to so many in all, the rest is filled with truths; 0 takes none. @default {4} */
  maxLabelled?: number;
}

/** Examples by signature name. */
export type DemoSets = Readonly<Record<string, readonly CompiledDemo[]>>;

/**
 * Chooses the examples of every signature: first those of right runs, in the order of the lessons, then truths in an
 * order of the signature's own, so that none is starved by another. No two of a signature are alike.
 *
 * @param salt Tells apart several choices of one seed.
 * @throws RangeError for a number that is no count.
 */
export function pickDemos(
  bench: Bench,
  { lessons }: Pick<Teaching, "lessons">,
  options: DemoOptions = {},
  salt = "labelled",
): DemoSets {
  const { maxBootstrapped = 4, maxLabelled = 4 } = options;
  for (const [name, count] of Object.entries({ maxBootstrapped, maxLabelled })) {
    if (!Number.isInteger(count) || count < 0) {
      throw new RangeError(
        `Cannot choose examples as ${name} must be an integer >= 0: current value is ${count}`,
      );
    }
  }
  const sets = [...bench.signatures.values()].map((signature) => {
    const learnt = lessons.flatMap(({ demos }) => demos.get(signature.name) ?? []);
    const chosen = addUnlike([], learnt, maxBootstrapped);
    const truths = bench.order(bench.pool.cases, `${salt} ${signature.name}`)
      .flatMap((entry) => labelledDemo(signature, entry) ?? []);
    return [signature.name, addUnlike(chosen, truths, Math.max(chosen.length, maxLabelled))] as const;
  });
  return Object.fromEntries(
    sets.filter(([, demos]) => demos.length > 0).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Adds examples up to a number, none that is alike to one before it or of the same group. */
function addUnlike(
  chosen: readonly CompiledDemo[],
  more: readonly CompiledDemo[],
  most: number,
): readonly CompiledDemo[] {
  return more.reduce((kept, demo) => {
    const repeated = kept.length >= most || kept.some((other) => repeats(other, demo));
    return repeated ? kept : [...kept, demo];
  }, chosen);
}

function repeats(a: CompiledDemo, b: CompiledDemo): boolean {
  return a.case.id === b.case.id || alikeInputs(a.input, b.input) ||
    (a.case.group !== undefined && a.case.group === b.case.group);
}
