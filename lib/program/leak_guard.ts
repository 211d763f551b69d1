import { InputError } from "../io/mod.ts";
import type { ContextBlock, Demo, Origin } from "../prompt/mod.ts";
import {
  areNearDuplicates,
  type ComparableText,
  comparableText,
  imageAddress,
  isImage,
} from "../signature/mod.ts";
import type { CaseContext } from "./types.ts";

/** An example or a note that tells of the case it would be evaluated on. */
export class LeakError extends InputError {
  constructor(readonly caseId: string, readonly itemId: string, why: string) {
    super(`The case ${caseId} would be shown ${itemId}`, {
      where: `case ${caseId}`,
      found: `${itemId}: ${why}`,
      expected: "examples and context from other sources than the case under test, none of them later",
      fix: "evaluate on cases that nothing was learnt from (--split test), or leave that item out",
    });
  }
}

/**
 * Why items tell of a case: one is the case, its near-duplicate, of its group or session, or later than it.
 *
 * @returns A check of one item, which gives `undefined` when it does not.
 */
export function leaksTo(under: CaseContext): (item: Origin) => string | undefined {
  return (item) => {
    if (item.id === under.id) return "the case itself";
    if (item.group !== undefined && item.group === under.group) return `of the same group ${item.group}`;
    if (item.session !== undefined && item.session === under.session) {
      return `of the same session ${item.session}`;
    }
    return later(under, item) ?? (isTwin(under, item) ? "a near-duplicate of its input" : undefined);
  };
}

/** {@linkcode leaksTo} for one item. */
export function leakOf(under: CaseContext, item: Origin): string | undefined {
  return leaksTo(under)(item);
}

/**
 * Refuses examples and context that tell of the case under test. Earlier cases of its own session are context,
 * as they were seen before it; they are no examples.
 *
 * @throws LeakError that names both ids.
 */
export function checkNoLeak(
  under: CaseContext,
  demos: readonly Demo[],
  context: readonly ContextBlock[],
): void {
  if (demos.length + context.length === 0) return;
  const check = leaksTo(under);
  for (const { origin } of demos) {
    const why = origin && check(origin);
    if (why) throw new LeakError(under.id, origin.id, why);
  }
  const earlier = new Set(under.earlier.map(({ id }) => id));
  for (const origin of context.flatMap(({ origins = [] }) => origins)) {
    const why = earlier.has(origin.id) ? undefined : check(origin);
    if (why) throw new LeakError(under.id, origin.id, why);
  }
}

function later(under: CaseContext, item: Origin): string | undefined {
  if (under.at === undefined || item.at === undefined) return undefined;
  return Date.parse(item.at) > Date.parse(under.at)
    ? `later (${item.at}) than the case (${under.at})`
    : undefined;
}

// a memo: the items of a corpus are compared with every case
const read = new WeakMap<object, ReadonlyMap<string, ComparableText>>();

function textsOf(input: Readonly<Record<string, unknown>>): ReadonlyMap<string, ComparableText> {
  const known = read.get(input) ??
    new Map(Object.entries(input).map(([name, value]) => [name, comparableText(asText(value))]));
  read.set(input, known);
  return known;
}

/** A twin is alike in every field: a text that all inputs share, e.g. a policy, makes none. */
function isTwin(under: CaseContext, item: Origin): boolean {
  const [mine, theirs] = [textsOf(under.input), textsOf(item.input)];
  return mine.size > 0 && [...mine].every(([name, text]) => {
    const other = theirs.get(name);
    return other !== undefined && areNearDuplicates(text, other);
  });
}

function asText(value: unknown): string {
  if (isImage(value)) return imageAddress(value);
  return typeof value === "string" ? value : JSON.stringify(value) ?? "";
}
