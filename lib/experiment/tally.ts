import type { Category } from "../scoring/mod.ts";
import { answeringMs, type CallTally, countCall, emptyCallTally } from "./call_tally.ts";
import { countNamed, emptyNamedTally, type NamedTally } from "./named_calls.ts";
import type { Observation } from "./observation.ts";
import { addPassed, type Passed } from "./rates.ts";

/** What is counted of judges. */
export interface JudgeTally extends CallTally {
  passed: number;
  failed: number;
  /** Judges that gave no verdict. */
  errors: number;
}

/** What is counted of one cell while its journal is read. */
export interface Tally extends CallTally {
  observed: number;
  categories: Map<Category, number>;
  passedByCase: Map<string, Passed>;
  fields: Map<
    string,
    { byCase: Map<string, Passed>; outcomes: Map<string, number> }
  >;
  metrics: Map<string, { sum: number; n: number; errors: number }>;
  /** Named calls of a workflow. */
  named: NamedTally;
  /** None while no judge was asked. */
  judge?: JudgeTally;
}

/** A tally of nothing. */
export function emptyTally(): Tally {
  return {
    observed: 0,
    categories: new Map(),
    passedByCase: new Map(),
    fields: new Map(),
    metrics: new Map(),
    named: emptyNamedTally(),
    ...emptyCallTally(),
  };
}

/** Counts one observation. */
export function count(tally: Tally, observation: Observation): void {
  const { case: id, calls, judge, score, prediction } = observation;
  tally.observed++;
  tally.categories.set(score.category, (tally.categories.get(score.category) ?? 0) + 1);
  addPassed(tally.passedByCase, id, score.category === "correct");
  for (const [name, { outcome }] of Object.entries(score.fields)) {
    const field = tally.fields.get(name) ?? { byCase: new Map(), outcomes: new Map() };
    tally.fields.set(name, field);
    addPassed(field.byCase, id, outcome === "correct");
    field.outcomes.set(outcome, (field.outcomes.get(outcome) ?? 0) + 1);
  }
  for (const [name, value] of Object.entries(score.metrics)) {
    const metric = tally.metrics.get(name) ?? { sum: 0, n: 0, errors: 0 };
    tally.metrics.set(name, metric);
    if (typeof value === "number") {
      metric.sum += value;
      metric.n++;
    } else metric.errors++;
  }
  if (prediction.status !== "failed" || calls.every(({ result }) => result.ok)) {
    tally.latencies.push(answeringMs(calls));
  }
  for (const call of calls) countCall(tally, call);
  countNamed(tally.named, observation);
  if (judge) countJudge(tally.judge ??= { passed: 0, failed: 0, errors: 0, ...emptyCallTally() }, judge);
}

function countJudge(tally: JudgeTally, { verdicts, calls }: NonNullable<Observation["judge"]>): void {
  for (const said of Object.values(verdicts)) {
    if (said.status !== "ok") tally.errors++;
    else if (said.output.verdict === "pass") tally.passed++;
    else tally.failed++;
  }
  if (calls.some(({ result }) => result.ok)) tally.latencies.push(answeringMs(calls));
  for (const call of calls) countCall(tally, call);
}
