import { InputError } from "../io/mod.ts";
import type { Call, Model, ModelFault, ModelSpec } from "../model/mod.ts";
import type { EarlierCase, Prediction } from "../program/mod.ts";
import { type Judging, scoreCalls, scoreCase } from "../scoring/mod.ts";
import type { Journal, RunStatus } from "./journal.ts";
import type { Observation, StoredPrediction } from "./observation.ts";
import type { Opener } from "./opener.ts";
import type { Cell } from "./cells.ts";
import type { Plan } from "./plan.ts";
import { asEarlier, chainsOf, type Done, judgePrediction, keyOf, predictCase, type Work } from "./work.ts";

/** An endpoint that refused for good: bad key, no access, unknown model. */
export interface StoppedEndpoint {
  endpoint: string;
  model: string;
  fault: ModelFault;
}

/** What {@linkcode runPlan} works with. */
export interface RunnerOptions {
  journal: Journal;
  /** Opens a model; the same spec gives the same limiter. */
  open: Opener;
  /** Cases in work at a time per endpoint. @default {what each endpoint takes} */
  concurrency?: number;
  /** Observations that the journal holds already. */
  done?: Done;
  /** Ends the run; what is in the journal stays. */
  signal?: AbortSignal;
  /** No further case is begun once live calls have cost this much. */
  budgetUsd?: number;
  /** Cost of live calls before this part of the run, USD. @default {0} */
  spentUsd?: number;
  /** Told of each observation once it is on the disk. */
  onObservation?: (observation: Observation) => void;
}

/** How a run ended. */
export interface RunEnd {
  status: RunStatus;
  stopped: readonly StoppedEndpoint[];
  /** Cost of live calls, USD, the part before included. */
  spentUsd: number;
}

const FATAL = new Set(["auth", "not_found"]);

/**
 * Runs what is left of a plan. Each endpoint has its own workers, so a slow one never holds up another; cells
 * of one endpoint run one after the other, so that its prompt cache serves. A worker goes on when its observation
 * is written and the one before it is flushed to the disk: a killed run repeats at most `concurrency` requests, a
 * machine without power at most twice as many.
 */
export async function runPlan(plan: Plan, options: RunnerOptions): Promise<RunEnd> {
  const { signal } = options;
  const budgetUsd = (options.budgetUsd ?? Infinity) * (1 - 1e-9); // ten calls of $0.01 sum up to $0.09999999999999999
  const state = { spentUsd: options.spentUsd ?? 0, status: "complete" as RunStatus };
  const stopped: StoppedEndpoint[] = [];
  const specs = new Map<string, ModelSpec>(); // of calls, by name: a workflow may call models of other endpoints
  const open: Opener = Object.assign((spec: ModelSpec): Model => {
    specs.set(spec.name, spec);
    return options.open(spec);
  }, options.open);
  const stop = (model: string, fault: ModelFault): string => {
    const endpoint = specs.get(model)?.endpoint.id ?? model;
    if (!stopped.some((known) => known.endpoint === endpoint)) stopped.push({ endpoint, model, fault });
    return endpoint;
  };
  const { done = new Map() } = options;
  const groups = Map.groupBy(plan.cells, (cell) => cell.model.endpoint.id);
  const failure = new AbortController(); // ends every group when one fails by a bug or a full disk

  const runGroup = async (endpoint: string, cells: readonly Cell[]): Promise<void> => {
    const halt = new AbortController();
    const ended = AbortSignal.any([halt.signal, failure.signal, ...(signal ? [signal] : [])]);
    const refused = new Set<string>(); // cells that call a model of another endpoint, which refused
    const queue = chainsOf(cells, plan, done);
    const places = options.concurrency ?? Math.max(...cells.map((cell) => cell.model.endpoint.concurrency));
    const worker = async (): Promise<void> => {
      let unflushed = Promise.resolve();
      try {
        for (const chain of queue) {
          const earlier: EarlierCase[] = [];
          for (const work of chain) {
            if (ended.aborted) return;
            if (refused.has(work.cell.id)) break;
            if (done.has(keyOf(work))) {
              earlier.push(asEarlier(work.case, done.get(keyOf(work))));
              continue;
            }
            if (state.spentUsd >= budgetUsd) {
              state.status = "budget";
              return;
            }
            const prediction = await predictCase(work, earlier, plan, open, ended);
            state.spentUsd += incurredUsd(prediction.calls);
            const judging = await judgePrediction(work, prediction, plan, open, ended);
            state.spentUsd += incurredUsd(judging.calls);
            const calls = [...prediction.calls, ...judging.calls];
            const fatal = fatalFault(calls);
            if (fatal) {
              if (stop(fatal.model, fatal.fault) === endpoint) return halt.abort();
              refused.add(work.cell.id);
              break;
            }
            const observation = observe(work, plan, prediction, judging);
            const { written, flushed } = options.journal.append(observation);
            await written; // from here on it survives the death of this process
            await unflushed;
            unflushed = flushed.then(() => options.onObservation?.(observation));
            unflushed.catch(() => failure.abort()); // a request under way would hide it
            if (options.budgetUsd !== undefined) checkCosts(calls);
            earlier.push(asEarlier(work.case, prediction.status === "ok" ? prediction.output : undefined));
          }
        }
      } finally {
        await unflushed;
      }
    };
    const guarded = () =>
      worker().catch((error) => {
        if (ended.aborted && (halt.signal.aborted || signal?.aborted)) return; // the abort that was asked for
        failure.abort();
        throw error;
      });
    await settle(Array.from({ length: places }, guarded));
  };

  await settle([...groups].map(([endpoint, cells]) => runGroup(endpoint, cells)));
  if (signal?.aborted) state.status = "interrupted";
  else if (stopped.length > 0 && state.status === "complete") state.status = "stopped";
  return { status: state.status, stopped, spentUsd: state.spentUsd };
}

/** Waits for all, then throws the first error that is no echo of an abort. */
async function settle(running: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(running);
  const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  if (errors.length > 0) throw errors.find((error) => error?.name !== "AbortError") ?? errors[0];
}

function observe(
  { cell, case: entry, repeat }: Work,
  plan: Plan,
  prediction: Prediction<Record<string, unknown>>,
  { findings, verdicts, calls: asked }: Judging,
): Observation {
  const { signature } = plan.task.experiment;
  const { input, expected } = entry;
  const { calls, ...rest } = prediction;
  const named = scoreCalls(signature, { input, expected, prediction });
  return {
    cell: cell.id,
    case: entry.id,
    repeat,
    at: new Date().toISOString(),
    prediction: rest as StoredPrediction,
    calls,
    ...(Object.keys(verdicts).length > 0 && { judge: { verdicts, calls: asked } }),
    score: scoreCase(signature, { input, expected, prediction, findings, verdicts }),
    ...(named && { named }),
  };
}

function incurredUsd(calls: readonly Call[]): number {
  return calls.reduce((sum, call) => sum + (call.source === "live" ? call.costUsd ?? 0 : 0), 0);
}

function checkCosts(calls: readonly Call[]): void {
  const unknown = calls.find(({ source, result, costUsd }) =>
    source === "live" && result.ok && costUsd === null
  );
  if (!unknown) return;
  throw new InputError(`The cost of a call to ${unknown.model} is unknown, so no budget can be kept`, {
    where: "--budget-usd",
    found: unknown.usage ? "a model without a price" : "a reply without token counts",
    fix: "go on with --resume and without a budget, or leave this model out",
  });
}

function fatalFault(calls: readonly Call[]): { model: string; fault: ModelFault } | undefined {
  for (const { model, result } of calls) {
    if (!result.ok && FATAL.has(result.fault.kind)) return { model, fault: result.fault };
  }
  return undefined;
}
