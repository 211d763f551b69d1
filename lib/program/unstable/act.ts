import type { FieldVerdict } from "../../aggregate/mod.ts";
import type { UnstablePolicy } from "./policy.ts";

/** How boldly a value may be used, and from which agreement on. */
export interface ActionLevel<L extends string> {
  /** What downstream code is told, e.g. `apply`, `confirm`, `review`. */
  action: L;
  /** Least share of the samples behind the value of every field, 0 to 1. @default {0} */
  minShare?: number;
  /** Largest spread (scaled MAD) of every field that is a number, in its unit. @default {any} */
  maxSpread?: number;
}

/** A policy whose outputs carry an action. */
export interface ActingPolicy<I, O, L extends string> extends UnstablePolicy<I, O> {
  /** The actions it may give, boldest first. */
  readonly actions: readonly L[];
}

/**
 * Keeps the output and says how boldly to use it: the first level that every field meets. The last level must
 * ask for nothing, so that there is an action for every output.
 *
 * @param levels Boldest first.
 * @param fields Fields that decide. @default {all}
 * @throws RangeError when there is no level or the last one asks for something.
 */
export function act<I, O, const L extends string>(
  levels: readonly ActionLevel<L>[],
  fields?: readonly (keyof O & string)[],
): ActingPolicy<I, O, L> {
  const last = levels.at(-1);
  if (!last || last.minShare !== undefined || last.maxSpread !== undefined) {
    throw new RangeError(
      "Cannot act as the last level must ask for nothing, so that every output has an action",
    );
  }
  return {
    name: "act",
    actions: levels.map(({ action }) => action),
    describe: () => ({ levels, ...(fields && { fields }) }),
    decide: ({ output, verdicts }) => {
      const judged = Object.entries(verdicts).filter(([name]) =>
        fields?.some((field) => field === name) ?? true
      );
      const level = levels.find((candidate) => judged.every(([, verdict]) => meets(candidate, verdict))) ??
        last;
      return { status: "ok", output, action: level.action };
    },
  };
}

function meets({ minShare, maxSpread }: ActionLevel<string>, verdict: FieldVerdict): boolean {
  if (minShare !== undefined && verdict.share < minShare) return false;
  if (minShare !== undefined && verdict.status !== "ok") return false;
  return maxSpread === undefined || verdict.spread === undefined || verdict.spread.scaledMad <= maxSpread;
}
