import type { ModelSpec } from "../model/mod.ts";
import {
  type Forecast,
  type Prediction,
  type Program,
  type ProgramDescription,
  repeatForecast,
  type Scope,
  sumForecasts,
} from "../program/mod.ts";
import type { Instructions, Signature } from "../signature/mod.ts";
import { seenInput } from "./judge_evidence.ts";
import { askPanel, panelOf, type PanelOptions, settle } from "./judge_panel.ts";
import { type JudgeBrief, pairSignature, type Preference } from "./judge_signature.ts";

/** Two outputs for one input. */
export interface Pair {
  input: Readonly<Record<string, unknown>>;
  a: Readonly<Record<string, unknown>>;
  b: Readonly<Record<string, unknown>>;
  /** Ground truth, for a judge that sees the reference. @default {{}} */
  expected?: Readonly<Record<string, unknown>>;
}

/** Which of two outputs is better, after both orders. */
export interface PairJudgement {
  /** `inconsistent` when the two orders do not agree: then the place has decided, not the output. */
  verdict: "a" | "b" | "tie" | "inconsistent";
  /** What was said with `a` first, then with `b` first. */
  orders: readonly [Preference, Preference];
}

/** Options of {@linkcode pairJudge}. */
export interface PairJudgeOptions extends JudgeBrief, PanelOptions {}

/** A judge of pairs. It never asks in one order alone. */
export interface PairJudge {
  readonly field: string;
  readonly rubric: Instructions;
  /** The models that are asked; each once in either order. */
  readonly models: readonly ModelSpec[];
  /** Asks which output is better, in both orders; abstains and fails as a judge of single outputs does. */
  compare(pair: Pair, scope: Scope): Promise<Prediction<PairJudgement>>;
  /** Everything that changes its verdicts. */
  describe(): ProgramDescription;
  /** What one comparison costs. */
  forecast(): Forecast;
}

/**
 * A judge that says which of two outputs is better. Models prefer a place as well as an output (Shi et al. 2024,
 * arXiv 2406.07791), so each is asked in both orders, and a preference that moves with the order is none.
 *
 * @param task The signature whose output is judged.
 * @throws InputError for what {@linkcode judge} refuses.
 * @example Usage
 * ```ts
 * import { local } from "@lib/model/mod.ts";
 * import { pairJudge } from "@lib/scoring/mod.ts";
 * import { inlineInstructions, signature } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 * import { z } from "zod";
 *
 * const Reply = signature({ name: "reply", instructions: "", input: { mail: z.string() }, output: { reply: z.string() } });
 * const rubric = inlineInstructions("Say which reply is more polite.");
 * const judge = pairJudge(Reply, { field: "reply", rubric, models: [local("a")] });
 * assert.deepEqual(judge.forecast().calls, { least: 2, most: 4 }); // a faulty reply may be corrected once
 * ```
 */
export function pairJudge<I, O>(task: Signature<I, O>, options: PairJudgeOptions): PairJudge {
  const { field, rubric, models, reference = false } = options;
  const seen = pairSignature(task, options);
  const { program, describe } = panelOf(seen, options);
  return {
    field,
    rubric,
    models,
    describe: () => ({
      strategy: "pairJudge",
      signature: seen.digest,
      field,
      rubric: rubric.digest,
      ...describe(),
    }),
    forecast: () => sumForecasts(models.map(() => repeatForecast(program.forecast(), 2, 2))),
    async compare({ input, a, b, expected = {} }, scope) {
      const shown = { ...input, ...(reference && { reference: expected[field] }) };
      const order = (first: unknown, second: unknown) => seenInput(seen, { ...shown, first, second });
      const inputs = [order(a[field], b[field]), order(b[field], a[field])] as const;
      const answers = await askPanel(models, scope, (inner) => askBothOrders(program, inputs, inner));
      return settle(answers, ({ verdict }) => verdict);
    },
  };
}

type Input = Record<string, unknown>;

async function askBothOrders(
  program: Program<Input, Preference>,
  inputs: readonly [Input, Input],
  scope: Scope,
): Promise<Prediction<PairJudgement>> {
  const first = await program.run(inputs[0], { ...scope, path: [...scope.path, "a first"] });
  if (first.status !== "ok") return first;
  const second = await program.run(inputs[1], { ...scope, path: [...scope.path, "b first"] });
  const calls = [...first.calls, ...second.calls];
  if (second.status !== "ok") return { ...second, calls };
  const orders = [first.output, second.output] as const;
  const diagnostics = { orders: [first.diagnostics, second.diagnostics] };
  return { status: "ok", output: { verdict: verdictOf(orders), orders }, diagnostics, calls };
}

function verdictOf(
  [{ better: aFirst }, { better: bFirst }]: PairJudgement["orders"],
): PairJudgement["verdict"] {
  if (aFirst === "tie" && bFirst === "tie") return "tie";
  if (aFirst === "first" && bFirst === "second") return "a";
  if (aFirst === "second" && bFirst === "first") return "b";
  return "inconsistent";
}
