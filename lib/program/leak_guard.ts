import { InputError } from "../io/mod.ts";
import type { ContextBlock, Demo, Origin } from "../prompt/mod.ts";
import { imageAddress, isImage, nearDuplicate } from "../signature/mod.ts";
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
 * Why an item tells of a case: it is the case, its near-duplicate, of its group or session, or later than it.
 *
 * @returns `undefined` when it does not.
 */
export function leakOf(under: CaseContext, item: Origin): string | undefined {
  if (item.id === under.id) return "the case itself";
  if (item.group !== undefined && item.group === under.group) return `of the same group ${item.group}`;
  if (item.session !== undefined && item.session === under.session) {
    return `of the same session ${item.session}`;
  }
  return later(under, item) ?? twin(under, item);
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
  for (const { origin } of demos) {
    const why = origin && leakOf(under, origin);
    if (why) throw new LeakError(under.id, origin.id, why);
  }
  const earlier = new Set(under.earlier.map(({ id }) => id));
  for (const origin of context.flatMap(({ origins = [] }) => origins)) {
    const why = earlier.has(origin.id) ? undefined : leakOf(under, origin);
    if (why) throw new LeakError(under.id, origin.id, why);
  }
}

function later(under: CaseContext, item: Origin): string | undefined {
  if (under.at === undefined || item.at === undefined) return undefined;
  return Date.parse(item.at) > Date.parse(under.at)
    ? `later (${item.at}) than the case (${under.at})`
    : undefined;
}

/** A twin is alike in every field: a text that all inputs share, e.g. a policy, makes none. */
function twin(under: CaseContext, item: Origin): string | undefined {
  const fields = Object.keys(under.input);
  const alike = fields.length > 0 &&
    fields.every((name) => nearDuplicate(asText(under.input[name]), asText(item.input[name])));
  return alike ? "a near-duplicate of its input" : undefined;
}

function asText(value: unknown): string {
  if (isImage(value)) return imageAddress(value);
  return typeof value === "string" ? value : JSON.stringify(value) ?? "";
}
