import { type CompiledDemo, demosOf, LeakError, leakOf, type Program, type Scope } from "../program/mod.ts";
import { METRICS } from "../scoring/mod.ts";
import type { Bench } from "./bench.ts";
import { demosOfRun } from "./demos_of_run.ts";
import type { CaseRun, Teacher } from "./types.ts";

/** When an answer of the teacher is good enough to be an example. */
export interface PassOptions {
  /** Name of the metric that the threshold is for. @default {"field_accuracy"} */
  metric?: string;
  /** Least value of the metric that passes; 0 lets every answer pass. @default {none: every field must be correct} */
  threshold?: number;
}

/** The examples of one right answer, by signature name. */
export interface Lesson {
  /** Id of the case. */
  id: string;
  demos: ReadonlyMap<string, CompiledDemo>;
}

/** What the teacher's answers came to. */
export interface Teaching {
  /** What each answer that passed gives, in order. */
  lessons: readonly Lesson[];
  /** Cases that were tried. */
  tried: number;
  /** Answers that make no example, counted by reason. */
  reasons: Readonly<Record<string, number>>;
}

/**
 * Runs the teacher on the pool in an order by chance, and keeps the answers that pass. Examples that the teacher is
 * shown never tell of the case at hand; they are the same again for the next one, whatever happened.
 *
 * @param enough Ends the work early.
 * @throws RangeError for a metric that does not exist.
 */
export async function teach(
  bench: Bench,
  options: PassOptions,
  enough: (teaching: Teaching) => boolean = () => false,
): Promise<Teaching> {
  const { metric = "field_accuracy" } = options;
  if (!Object.hasOwn(METRICS, metric)) {
    throw new RangeError(
      `Cannot teach by metric "${metric}" as there are only: ${Object.keys(METRICS).join(", ")}`,
    );
  }
  const { setting, pool } = bench;
  const { teacher = {} } = setting;
  const runs = await bench.run(STUDENT, bench.order(pool.cases, "teacher"), {
    phase: "teacher on train",
    program: careful(teacher.program ?? setting.program, teacher.demos),
    ...(teacher.model && { model: teacher.model }),
    enough: (finished) => enough(teachingOf(finished, options)),
  });
  return teachingOf(runs, options);
}

/** The program as it stands. */
export const STUDENT = { name: "baseline", note: "the program as it stands", demos: {}, instructions: {} };

/** One line for people, e.g. `bootstrapped 0 of 24 training cases: 20 wrong, 4 format`. */
export function teachingText({ lessons, tried, reasons }: Teaching): string {
  const others = Object.entries(reasons).map(([reason, count]) => `${count} ${reason}`).join(", ");
  return `bootstrapped ${lessons.length} of ${tried} training cases tried${others && `: ${others}`}`;
}

function teachingOf(runs: readonly CaseRun[], options: PassOptions): Teaching {
  const lessons: Lesson[] = [];
  const reasons: Record<string, number> = {};
  for (const run of runs) {
    const reason = whyNot(run, options);
    const demos = reason === undefined ? demosOfRun(run) : undefined;
    if (demos && demos.size > 0) lessons.push({ id: run.case.id, demos });
    else {
      const why = reason ?? "without a call that stands for the answer";
      reasons[why] = (reasons[why] ?? 0) + 1;
    }
  }
  return { lessons, tried: runs.length, reasons };
}

/** Why an answer does not pass; `undefined` when it does. */
function whyNot({ prediction, score }: CaseRun, { metric = "field_accuracy", threshold }: PassOptions) {
  if (prediction.diagnostics[LEAK] === true) return "leak";
  if (prediction.status !== "ok") return score.category;
  if (threshold === undefined) return score.category === "correct" ? undefined : score.category;
  const value = score.metrics[metric];
  if (typeof value !== "number") return "metric_error";
  return value >= threshold ? undefined : `below ${threshold}`;
}

const LEAK = "leak";

/** A teacher that is shown no example of the case at hand, and that skips a case of which it was compiled. */
function careful(program: Program, demos: Teacher["demos"] = {}): Program {
  const all = demosOf({ demos });
  const shown = ({ case: under, demos: own = {} }: Scope) => {
    const kept = Object.entries(all).map(([name, list]) => {
      const others = list.filter(({ origin }) => !under || !origin || leakOf(under, origin) === undefined);
      return [name, [...own[name] ?? [], ...others]];
    });
    return { ...own, ...Object.fromEntries(kept) };
  };
  return {
    ...program,
    async run(input, scope) {
      try {
        return await program.run(input, { ...scope, demos: shown(scope) });
      } catch (error) {
        if (!(error instanceof LeakError)) throw error;
        return { status: "abstained", reason: error.message, diagnostics: { [LEAK]: true }, calls: [] };
      }
    },
  };
}
