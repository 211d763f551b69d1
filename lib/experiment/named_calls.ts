import { agreementOf, callOfPath, type CallRecord, namedCallsOf } from "../program/mod.ts";
import { isWrong, type NamedCallScore } from "../scoring/mod.ts";
import {
  answeringMs,
  callsOf,
  type CallSummary,
  type CallTally,
  countCall,
  emptyCallTally,
} from "./call_tally.ts";
import type { Observation } from "./observation.ts";
import { addPassed, type Passed, type Rate, rateOf } from "./rates.ts";

/** Every number of one named call of a workflow; price, tokens and time are those of its requests alone. */
export interface NamedCallSummary extends CallSummary {
  name: string;
  /** Times it was called; the sum of the four below. */
  called: number;
  ok: number;
  abstained: number;
  failed: number;
  /** Times of which only the requests were kept, by a strategy round the workflow. */
  unknown: number;
  /**
   * Share of its results whose fields are all correct, as far as the task has them too; failed and abstained ones
   * count as wrong. `null` when it has no field of the task.
   */
  accuracy: Rate | null;
  /** Observations that are not correct and in which this call was the first wrong one. */
  firstWrong: number;
  /** How far its samples agree, where it was sampled `n` times: the mean share, from 0 to 1, and what is left to 1. */
  agreement: { share: number; instability: number; n: number } | null;
}

/** The named calls of a workflow in one cell. */
export interface NamedCalls {
  /** In the order in which they began. */
  calls: readonly NamedCallSummary[];
  /** Requests that belong to none of them; `null` when there are none. */
  beside: CallSummary | null;
  /**
   * Observations that are not correct. Each has the call that was the first wrong one (`firstWrong`), or the fault is
   * none of a call's own fields, or it is unknown, as the calls were not kept; these add up to `total`.
   */
  errors: { total: number; noneOfItsOwn: number; unknown: number };
}

/** What is counted of one named call. */
interface OneTally extends CallTally {
  called: number;
  statuses: Record<CallRecord["status"], number>;
  passedByCase: Map<string, Passed>;
  /** Results with a field of the task, and without one. */
  scored: number;
  unscored: number;
  firstWrong: number;
  agreement: { sum: number; n: number };
  /** Least place among the calls of a case. */
  place: number;
}

/** What is counted of the named calls of one cell. */
export interface NamedTally {
  byName: Map<string, OneTally>;
  beside: CallTally;
  errors: { total: number; noneOfItsOwn: number; unknown: number };
}

/** A tally of no named call. */
export function emptyNamedTally(): NamedTally {
  return { byName: new Map(), beside: emptyCallTally(), errors: { total: 0, noneOfItsOwn: 0, unknown: 0 } };
}

/** Counts the named calls of one observation. */
export function countNamed(tally: NamedTally, observation: Observation): void {
  const { case: id, calls, prediction: { diagnostics }, named: scores, score } = observation;
  const records = namedCallsOf(diagnostics) ?? [];
  const known = new Set(records.map(({ name }) => name));
  const requests = Map.groupBy(calls, ({ path }) => callOfPath(path, known));
  const names = new Set([...known, ...[...requests.keys()].filter((name) => name !== undefined)]);

  for (const [place, name] of [...names].entries()) {
    const one = tally.byName.get(name) ?? emptyOneTally();
    tally.byName.set(name, one);
    const own = requests.get(name) ?? [];
    const kept = records.filter((record) => record.name === name);
    const places = new Set(own.map(({ path }) => path.slice(0, path.indexOf(name)).join("\n")));
    one.called += Math.max(kept.length, places.size); // in a loop of the body requests share a place
    one.place = Math.min(one.place, place);
    for (const record of kept) {
      one.statuses[record.status]++;
      const share = agreementOf(record);
      if (share === undefined) continue;
      one.agreement.sum += share;
      one.agreement.n++;
    }
    for (const call of own) countCall(one, call);
    const failed = kept.some(({ status }) => status === "failed");
    if (own.length > 0 && (!failed || own.every(({ result }) => result.ok))) {
      one.latencies.push(answeringMs(own));
    }
  }
  for (const call of requests.get(undefined) ?? []) countCall(tally.beside, call);
  for (const said of scores ?? []) countScore(tally.byName.get(said.name), id, said);
  if (score.category !== "correct") blame(tally, scores);
}

function countScore(one: OneTally | undefined, id: string, said: NamedCallScore): void {
  if (!one) return;
  const without = said.status === "ok" && Object.keys(said.outcomes).length === 0;
  if (without) one.unscored++;
  else addPassed(one.passedByCase, id, !isWrong(said));
  if (said.status === "ok" && !without) one.scored++;
}

function blame({ byName, errors }: NamedTally, scores: Observation["named"]): void {
  errors.total++;
  const first = scores?.find(isWrong);
  const one = first && byName.get(first.name);
  if (one) one.firstWrong++;
  else if (scores) errors.noneOfItsOwn++;
  else errors.unknown++;
}

function emptyOneTally(): OneTally {
  return {
    called: 0,
    statuses: { ok: 0, abstained: 0, failed: 0 },
    passedByCase: new Map(),
    scored: 0,
    unscored: 0,
    firstWrong: 0,
    agreement: { sum: 0, n: 0 },
    place: Infinity,
    ...emptyCallTally(),
  };
}

/** Sums up the named calls of a cell; `undefined` where it has none. */
export function namedCallsSummary({ byName, beside, errors }: NamedTally): NamedCalls | undefined {
  if (byName.size === 0) return undefined;
  const inOrder = [...byName].sort(([a, one], [b, other]) => one.place - other.place || (a < b ? -1 : 1));
  return {
    calls: inOrder.map(([name, one]) => summaryOf(name, one)),
    beside: beside.calls.total > 0 ? callsOf(beside) : null,
    errors,
  };
}

function summaryOf(name: string, one: OneTally): NamedCallSummary {
  const { called, statuses, passedByCase, scored, unscored, firstWrong, agreement: { sum, n } } = one;
  const scorable = passedByCase.size > 0 && (scored > 0 || unscored === 0);
  return {
    name,
    called,
    ...statuses,
    unknown: called - statuses.ok - statuses.abstained - statuses.failed,
    accuracy: scorable ? rateOf(passedByCase) : null,
    firstWrong,
    agreement: n > 0 ? { share: sum / n, instability: 1 - sum / n, n } : null,
    ...callsOf(one),
  };
}
