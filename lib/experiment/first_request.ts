import { type Model, type ModelRequest, type ModelSpec, requestKey, samplingOf } from "../model/mod.ts";
import type { Plan } from "./plan.ts";
import { InputError, suggest } from "../io/mod.ts";
import { asEarlier, predictCase } from "./work.ts";

/** The first request that a cell would send for a case. */
export interface ShownRequest {
  cell: string;
  case: string;
  key: string;
  structure: ModelSpec["structure"];
  sampling: ReturnType<typeof samplingOf>;
  messages: ModelRequest["messages"];
  schema: ModelRequest["schema"];
}

class Shown extends Error {
  constructor(readonly spec: ModelSpec, readonly request: ModelRequest) {
    super("shown");
  }
}

/**
 * The exact first request of each cell for one case, without a call. What would be answered to earlier cases of
 * its session is not known then: it is shown as not answered.
 *
 * @param caseId Id of a case of the plan. @default {the first case}
 * @throws InputError when the plan has no such case.
 */
export async function firstRequests(plan: Plan, caseId?: string): Promise<ShownRequest[]> {
  const entry = caseId === undefined ? plan.cases[0] : plan.cases.find(({ id }) => id === caseId);
  if (!entry) {
    const known = plan.cases.map(({ id }) => id);
    const near = suggest(caseId ?? "", known);
    throw new InputError(`Unknown case "${caseId}"`, {
      where: "--case",
      expected: `one of the ${known.length} chosen cases: ${known.slice(0, 5).join(", ")}${
        known.length > 5 ? ", …" : ""
      }`,
      ...(near && { fix: `did you mean ${near}?` }),
    });
  }
  const open = (spec: ModelSpec): Model => ({
    spec,
    generate: (request) => Promise.reject(new Shown(spec, request)),
  });
  const shown: ShownRequest[] = [];
  const before = plan.cases.slice(0, plan.cases.indexOf(entry));
  const earlier = before
    .filter(({ session }) => session !== undefined && session === entry.session)
    .map((other) => asEarlier(other, undefined));
  for (const cell of plan.cells) {
    try {
      await predictCase({ cell, case: entry, repeat: 0 }, earlier, plan, open);
    } catch (error) {
      if (!(error instanceof Shown)) throw error;
      const { spec, request } = error;
      const { messages, schema } = request;
      const { structure } = spec;
      shown.push({
        cell: cell.id,
        case: entry.id,
        key: requestKey(spec, request),
        structure,
        sampling: samplingOf(spec, request),
        messages,
        schema: structure === "schema" ? schema : undefined,
      });
    }
  }
  return shown;
}
