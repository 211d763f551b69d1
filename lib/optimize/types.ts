import type { Case } from "../dataset/mod.ts";
import type { Call, Model } from "../model/mod.ts";
import type { CompiledDemo, Prediction, Program, Scope, Step } from "../program/mod.ts";
import type { CaseScore } from "../scoring/mod.ts";
import type { Interval } from "../stats/mod.ts";
import type { Bench } from "./bench.ts";
import type { Cost } from "./cost.ts";

/** A way to improve a program. A new one is one file that makes this, and one line in `optimizers/mod.ts`. */
export interface Optimizer {
  readonly name: string;
  /** Settings that change what it makes, as stable JSON. */
  describe(): Readonly<Record<string, unknown>>;
  /** Whether it chooses by dev cases, so that there must be some. @default {false} */
  readonly needsDev?: boolean;
  /** Tries candidates on the bench; the first that it evaluates is the program as it stands. */
  run(bench: Bench): Promise<Choice>;
}

/** What an optimizer decided. */
export interface Choice {
  /** `undefined` when nothing has evidence, because a budget ended too early. */
  chosen: Candidate | undefined;
  /** By what rule, and what can be said of it, in words. */
  verdict: string;
  /** How a comparison with the program as it stands ended, where there was one. */
  comparison?: Comparison;
  /** What was found out beside a candidate: for people, and the same as plain data. */
  report?: { text: string; data: unknown };
}

/** What is put into a program, under a name. */
export interface Candidate {
  name: string;
  /** How it was made. */
  note: string;
  /** Examples by signature name. */
  demos: Readonly<Record<string, readonly CompiledDemo[]>>;
  /** Instructions in place of a signature's own, by signature name. */
  instructions: Readonly<Record<string, string>>;
  /** In place of the program that is compiled; it has the same signature. */
  program?: Program;
}

/** What a program made of one case. */
export interface CaseRun {
  case: Case;
  prediction: Prediction<Record<string, unknown>>;
  score: CaseScore;
  /** Every reply that was read. */
  steps: readonly Step[];
  cost: Cost;
}

/** A candidate measured on the dev cases. */
export interface Trial {
  candidate: Candidate;
  runs: readonly CaseRun[];
  /** Cases that were to be run. */
  planned: number;
  /** Whether all of them were; else it has no evidence. */
  complete: boolean;
  /** Cases with every field correct. */
  right: number;
  /** 95%, Wilson's, at the effective number of independent cases; `null` before the first case. */
  interval: Interval | null;
  cost: Cost;
}

/** Two candidates on the same cases. */
export interface Comparison {
  /** Names of the candidates. */
  first: string;
  second: string;
  pairs: number;
  /** Right in the first alone. */
  onlyFirst: number;
  /** Right in the second alone. */
  onlySecond: number;
  /** Share right in the first minus that in the second. */
  difference: number;
  /** 95% of the difference, Tango's. */
  interval: Interval;
  /** McNemar's mid-p, times the number of comparisons. */
  p: number;
  /** Comparisons that were made. */
  comparisons: number;
}

/** What happens during a compilation, for a progress display. */
export type OptimizeEvent =
  | { type: "phase"; text: string; cases: number }
  | { type: "case"; run: CaseRun; done: number; total: number }
  | { type: "note"; text: string }
  | { type: "trial"; trial: Trial };

/** What is compiled, on what, with what: models and a scorer are handed in. */
export interface OptimizeSetting {
  program: Program;
  /** Cases to learn from. */
  train: readonly Case[];
  /** Cases to choose by. */
  dev: readonly Case[];
  /** Cases that nothing may be learnt from or chosen by; known so that no example tells of them. @default {[]} */
  test?: readonly Case[];
  /** What the program is run in: its model, prompts, and what else strategies ask for. */
  scope: Omit<Scope, "rollout" | "seed" | "path" | "case" | "demos" | "onStep">;
  scorer: Scorer;
  /** Seed of sampling and of every choice by chance. @default {1} */
  seed?: number;
  /** Who answers the training cases. @default {the program itself on its own model} */
  teacher?: Teacher;
  /** The model that rewrites instructions. @default {the program's own} */
  reflection?: Model;
  limits?: Limits;
  onEvent?: (event: OptimizeEvent) => void;
}

/** Says how good a prediction is, and what it asked for that. */
export interface Scorer {
  score(
    entry: Case,
    prediction: Prediction<Record<string, unknown>>,
  ): Promise<{ score: CaseScore; calls: readonly Call[] }>;
  /** Most requests of one score. @default {0} */
  mostCalls?: number;
}

/** Who answers the training cases in a student's place. */
export interface Teacher {
  /** Of the same signature. @default {the program itself} */
  program?: Program;
  /** @default {the program's own} */
  model?: Model;
  /** Examples that it is shown, by signature name; on a case never those that tell of it. @default {none} */
  demos?: Readonly<Record<string, readonly CompiledDemo[]>>;
}

/** What ends a compilation early. Calls count with their price wherever the reply comes from, so that it always ends at the same place. */
export interface Limits {
  /** Most requests. */
  maxCalls?: number;
  /** No case is begun once calls have cost this much, USD. */
  budgetUsd?: number;
  /** Cases that may fail by infrastructure. @default {10} */
  maxErrors?: number;
}
