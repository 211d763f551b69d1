import type { Case } from "../dataset/mod.ts";
import { leakOf } from "../program/mod.ts";
import { alikeIndex } from "./alike.ts";
import { caseContext } from "./case_context.ts";

/** Training cases that examples may be made of, and those that may not. */
export interface Pool {
  cases: readonly Case[];
  /** Cases that tell of one that is held back. */
  withheld: readonly { id: string; of: string; why: string }[];
}

/**
 * The training cases that tell of no case that is held back: an example of any other one would be a leak when the
 * program is measured.
 *
 * @param heldBack Cases that a program will be measured on.
 */
export function poolOf(train: readonly Case[], heldBack: readonly Case[]): Pool {
  const twins = alikeIndex(heldBack.map(({ input }) => input));
  // the index has seen the inputs already
  const unders = heldBack.map((entry) => ({ ...caseContext(entry), input: {} }));
  const withheld = train.flatMap((entry) => {
    const [twin] = twins(entry.input);
    const of = heldBack[twin ?? -1]?.id;
    if (of !== undefined) return [{ id: entry.id, of, why: "a near-duplicate of its input" }];
    for (const under of unders) {
      const why = leakOf(under, entry);
      if (why !== undefined) return [{ id: entry.id, of: under.id, why }];
    }
    return [];
  });
  const ids = new Set(withheld.map(({ id }) => id));
  return { cases: train.filter(({ id }) => !ids.has(id)), withheld };
}
