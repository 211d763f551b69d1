import type { Case } from "../dataset/mod.ts";
import { InputError } from "../io/mod.ts";
import type { Model } from "../model/mod.ts";
import type { EarlierCase, Prediction, Program, Step } from "../program/mod.ts";
import { clusteredInterval } from "../stats/mod.ts";
import { type Cost, costOf, sumCosts } from "./cost.ts";
import { type Pool, poolOf } from "./demo_pool.ts";
import { inOrder } from "./in_order.ts";
import { Ledger } from "./ledger.ts";
import { runCase } from "./run_case.ts";
import { seededOrder } from "./seeded_order.ts";
import type { Candidate, CaseRun, OptimizeSetting, Trial } from "./types.ts";

/** How some cases are run. */
export interface RunOptions {
  /** Said to whoever watches. */
  phase: string;
  /** Who answers. @default {the program that is compiled} */
  program?: Program;
  /** @default {its model} */
  model?: Model;
  /** Ends the work early, given the runs so far. */
  enough?: (runs: readonly CaseRun[]) => boolean;
}

/** What an optimizer works with: it runs candidates on cases, within limits, and repeats from a seed. */
export interface Bench {
  readonly setting: OptimizeSetting;
  readonly seed: number;
  /** Training cases that examples may be made of. */
  readonly pool: Pool;
  /** The signatures of all replies so far, by name. */
  readonly signatures: ReadonlyMap<string, Step["signature"]>;
  /** What was measured so far, in order. */
  readonly trials: readonly Trial[];
  /** What was said so far. */
  readonly notes: readonly string[];
  /** What was spent so far. */
  readonly spent: Cost;
  /** Why nothing more is begun, when a limit is reached. */
  readonly ended: "budget" | "errors" | undefined;
  /** Runs a candidate on some cases, in their order; those of a session follow each other. */
  run(candidate: Candidate, cases: readonly Case[], options: RunOptions): Promise<CaseRun[]>;
  /** Measures a candidate on the dev cases. */
  evaluate(candidate: Candidate): Promise<Trial>;
  /**
   * Runs a program beside the one that is compiled, e.g. one that rewrites instructions.
   *
   * @param sample Index of the independent sample.
   * @returns `undefined` when a limit is reached.
   */
  ask<I, O>(program: Program<I, O>, input: I, sample: number): Promise<Prediction<O> | undefined>;
  /** Items in an order by chance that repeats from the seed and a word. */
  order<T extends { id: string }>(items: readonly T[], salt: string): T[];
  /** Says something that stays in the artifact. */
  note(text: string): void;
}

/**
 * Makes the bench of one compilation; nothing of it is shared with another.
 *
 * @throws InputError for no training case, and for cases of a split that they are not to be used as.
 * @throws RangeError for a limit that is none.
 */
export function createBench(setting: OptimizeSetting): Bench {
  const { train, dev, test = [], seed = 1, onEvent = () => undefined } = setting;
  checkSplit(train, "train", "to learn from");
  checkSplit(dev, "dev", "to choose by");
  if (train.length === 0) {
    throw new InputError("There is no case to learn from", {
      where: "the cases of split train",
      found: "none",
      expected: "at least one",
      fix: "give some cases the split train, in the dataset's column split",
    });
  }
  const ledger = new Ledger(setting.limits);
  const pool = poolOf(train, [...dev, ...test]);
  const signatures = new Map<string, Step["signature"]>();
  const trials: Trial[] = [];
  const notes: string[] = [];

  const run = async (
    candidate: Candidate,
    cases: readonly Case[],
    { phase, program = candidate.program ?? setting.program, model = setting.scope.model, enough }:
      RunOptions,
  ): Promise<CaseRun[]> => {
    onEvent({ type: "phase", text: phase, cases: cases.length });
    const chains = chainsOf(cases);
    const longest = Math.max(1, ...chains.map((chain) => chain.length));
    const most = longest * (program.forecast().calls.most + (setting.scorer.mostCalls ?? 0));
    let done = 0;
    const { results } = await inOrder(
      chains,
      (chain) => runChain(setting, { program, model }, candidate, chain),
      {
        // twice the places of the endpoint, so that one slow case does not leave them empty
        places: 2 * model.spec.endpoint.concurrency,
        mayBegin: (finished, underWay) => !enough?.(finished.flat()) && ledger.mayBegin(most, underWay),
        onDone: (runs) => {
          for (const one of runs) {
            ledger.count(one);
            for (const { signature } of one.steps) signatures.set(signature.name, signature);
            onEvent({ type: "case", run: one, done: ++done, total: cases.length });
          }
        },
      },
    );
    return results.flat();
  };

  return {
    setting,
    seed,
    pool,
    signatures,
    trials,
    notes,
    get spent() {
      return ledger.spent;
    },
    get ended() {
      return ledger.ended;
    },
    run,
    async evaluate(candidate) {
      const runs = await run(candidate, dev, { phase: `${candidate.name} on dev` });
      const trial = trialOf(candidate, runs, dev.length);
      trials.push(trial);
      onEvent({ type: "trial", trial });
      return trial;
    },
    async ask(program, input, sample) {
      if (!ledger.mayBegin(program.forecast().calls.most)) return undefined;
      const { reflection: model = setting.scope.model, scope: { open, signal } } = setting;
      const prediction = await program.run(input, {
        model,
        open,
        rollout: sample,
        seed,
        path: [program.name],
        ...(signal && { signal }),
      });
      ledger.pay(costOf(prediction.calls));
      return prediction;
    },
    order: (items, salt) => seededOrder(items, seed, salt),
    note(text) {
      notes.push(text);
      onEvent({ type: "note", text });
    },
  };
}

/** The cases of a session are one chain, in their order, as each may be shown what came before. */
function chainsOf(cases: readonly Case[]): Case[][] {
  const chains = Map.groupBy(
    cases,
    ({ id, session }) => session === undefined ? `case ${id}` : `session ${session}`,
  );
  return [...chains.values()].map((chain) => chain.toSorted((a, b) => a.line - b.line));
}

async function runChain(
  setting: OptimizeSetting,
  by: { program: Program; model: Model },
  candidate: Candidate,
  chain: readonly Case[],
): Promise<CaseRun[]> {
  const runs: CaseRun[] = [];
  const earlier: EarlierCase[] = [];
  for (const entry of chain) {
    const one = await runCase(setting, by, candidate, entry, earlier);
    runs.push(one);
    const { id, input, expected } = entry;
    const output = one.prediction.status === "ok" ? { output: one.prediction.output } : {};
    earlier.push({ id, input, expected, ...output });
  }
  return runs;
}

function trialOf(candidate: Candidate, runs: readonly CaseRun[], planned: number): Trial {
  const right = runs.filter(({ score }) => score.category === "correct");
  const clusters = Map.groupBy(
    runs,
    ({ case: { id, group, session } }) =>
      group !== undefined ? `group ${group}` : session !== undefined ? `session ${session}` : `case ${id}`,
  );
  const interval = runs.length === 0 ? null : clusteredInterval(
    [...clusters.values()].map((cluster) => ({
      passed: cluster.filter((one) => right.includes(one)).length,
      total: cluster.length,
    })),
  ).interval;
  return {
    candidate,
    runs,
    planned,
    complete: planned > 0 && runs.length === planned,
    right: right.length,
    interval,
    cost: sumCosts(runs.map(({ cost }) => cost)),
  };
}

function checkSplit(cases: readonly Case[], split: Case["split"], what: string): void {
  const other = cases.find((entry) => entry.split !== split);
  if (!other) return;
  throw new InputError(`A case of split ${other.split} is no case ${what}`, {
    where: `case ${other.id}`,
    found: `split ${other.split}`,
    expected: `split ${split}: what is learnt from, chosen by and reported must be different cases`,
    fix: `hand in the cases of split ${split} alone`,
  });
}
