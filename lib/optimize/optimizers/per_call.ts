import type { Program } from "../../program/mod.ts";
import {
  type Attempt,
  attemptsOf,
  byPromise,
  type NamedWorkflow,
  nameOf,
  workflowOf,
} from "../per_call/attempts.ts";
import { cheaperFirst, gainOf } from "../per_call/gain.ts";
import { measureCalls } from "../per_call/measure.ts";
import { probe } from "../per_call/probe.ts";
import { type PerCallReport, recommend, type TriedStrengthening } from "../per_call/report.ts";
import { reasoning, type Strengthening, voting } from "../per_call/strengthening.ts";
import { perCallText } from "../per_call/text.ts";
import { STUDENT } from "../teach.ts";
import type { Candidate, Choice, Optimizer, Trial } from "../types.ts";

/** Options of {@linkcode perCallSearch}. */
export interface PerCallOptions {
  /** What is tried on each call, and on all at once. @default {[voting(5), reasoning()]} */
  strengthenings?: readonly Strengthening[];
  /** Samples of each call on the same input, for its instability; at least 2. @default {5} */
  samples?: number;
}

/**
 * Finds the call of a workflow that is worth strengthening. On the dev cases it measures the accuracy of every call,
 * its share of the final errors (the first wrong call of a case), and its instability, from several samples on the
 * inputs that it has in the workflow as it stands. Then it tries each strengthening on one call at a time and on all
 * at once, on the same cases. What is recommended is the cheapest whose whole interval is above 0.
 *
 * A workflow is code, so there is no candidate to make a file of: `report` holds all numbers, and the line of code.
 * A strategy takes the place of one that a call was given by `with()`, as it would in the code.
 *
 * Samples are those of the workflow's own rollouts, so the search shares most replies where they are kept.
 *
 * @throws RangeError when `samples` is no count from 2.
 * @throws InputError in `run()` when the program is no workflow.
 * @example Usage
 * ```ts
 * import { perCallSearch, voting } from "@lib/optimize/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const search = perCallSearch({ strengthenings: [voting(3)], samples: 3 });
 * assert.deepEqual(search.describe(), { samples: 3, strengthenings: ["self-consistency of 3"] });
 * ```
 */
export function perCallSearch(options: PerCallOptions = {}): Optimizer {
  const { strengthenings = [voting(5), reasoning()], samples = 5 } = options;
  if (!Number.isInteger(samples) || samples < 2) {
    throw new RangeError(`Cannot search as samples must be an integer >= 2: current value is ${samples}`);
  }
  return {
    name: "calls",
    describe: () => ({ samples, strengthenings: strengthenings.map(({ name }) => name) }),
    needsDev: true,
    async run(bench): Promise<Choice> {
      const workflow = workflowOf(bench.setting.program);
      const { dev, scorer: { mostCalls = 0 } } = bench.setting;
      const { attempts, inapplicable } = attemptsOf(workflow, strengthenings);
      const probed = probedWorkflow(workflow, samples);
      const forecast = forecastOf([workflow, probed, ...attempts.map(({ program }) => program)], {
        cases: dev.length,
        mostJudging: mostCalls,
      });
      bench.note(
        `${forecast.least} to ${forecast.most} requests, stored ones included: the workflow as it stands, ${samples} ` +
          `samples of each call, ${attempts.length} strengthened workflows, on ${dev.length} dev cases`,
      );
      const baseline = await bench.evaluate(STUDENT);
      const runs = await bench.run(STUDENT, dev, { phase: "samples of each call on dev", program: probed });
      if (!baseline.complete) return { chosen: undefined, verdict: "nothing was measured to its end" };
      const { right, interval } = baseline;
      const measured = measureCalls(workflow.calls, workflow.signature, baseline.runs, runs);
      const trials: Measured[] = [];
      for (const attempt of byPromise(attempts, measured)) {
        if (bench.ended) break;
        trials.push({ attempt, trial: await bench.evaluate(candidateOf(attempt)) });
      }
      const tried = triedOf(trials, baseline);
      const report: PerCallReport = {
        workflow: workflow.name,
        split: "dev",
        cases: dev.length,
        samples,
        forecast,
        baseline: { right, total: baseline.runs.length, interval },
        measured,
        tried,
        inapplicable,
        recommended: recommend(tried, cheaperFirst),
      };
      const { recommended } = report;
      const verdict = recommended
        ? `recommended: ${nameOf(recommended)}`
        : "recommended: none, as no interval of a difference lies above 0";
      return { chosen: undefined, verdict, report: { text: perCallText(report), data: report } };
    },
  };
}

/** {@linkcode perCallSearch} as it is by default. */
export const calls = perCallSearch();

function probedWorkflow(workflow: NamedWorkflow, samples: number): Program {
  const probes = Object.entries(workflow.programs).map((
    [name, program],
  ) => [name, { strategy: () => probe(program, samples) }]);
  return workflow.with(Object.fromEntries(probes));
}

function forecastOf(
  programs: readonly Program[],
  { cases, mostJudging }: { cases: number; mostJudging: number },
): PerCallReport["forecast"] {
  return programs.map((program) => program.forecast().calls).reduce((sum, { least, most }) => ({
    least: sum.least + cases * least,
    most: sum.most + cases * (most + mostJudging),
  }), { least: 0, most: 0 });
}

interface Measured {
  attempt: Attempt;
  trial: Trial;
}

function triedOf(trials: readonly Measured[], baseline: Trial): TriedStrengthening[] {
  const comparisons = trials.filter(({ trial }) => trial.complete).length;
  return trials.map(({ attempt: { strengthening, calls, everywhere, code }, trial }) => ({
    strengthening,
    calls,
    everywhere,
    right: trial.right,
    total: trial.runs.length,
    interval: trial.interval,
    gain: trial.complete ? gainOf(trial, baseline, comparisons) : null,
    code,
  }));
}

function candidateOf(attempt: Attempt): Candidate {
  return {
    name: nameOf(attempt),
    note: attempt.code,
    demos: {},
    instructions: {},
    program: attempt.program,
  };
}
