import type { Case } from "../dataset/mod.ts";
import type { CaseContext, EarlierCase } from "../program/mod.ts";

/** A case as the program under test may know it: without its own truth. */
export function caseContext(entry: Case, earlier: readonly EarlierCase[] = []): CaseContext {
  const { id, input, group, session, at, state = {} } = entry;
  return {
    id,
    input,
    state,
    earlier: [...earlier],
    ...(group && { group }),
    ...(session && { session }),
    ...(at && { at }),
  };
}
