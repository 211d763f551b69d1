import type { ModelSpec } from "../model/mod.ts";
import { type Forecast, type Prediction, type Program, sumForecasts } from "../program/mod.ts";
import type { Instructions, Signature } from "../signature/mod.ts";
import { type Evidence, type JudgedOutput, seenInput } from "./judge_evidence.ts";
import { askPanel, panelOf, type PanelOptions, settle } from "./judge_panel.ts";
import { type JudgeBrief, type Judgement, judgeSignature } from "./judge_signature.ts";

/** Options of {@linkcode judge}. */
export interface JudgeOptions extends JudgeBrief, PanelOptions {}

/**
 * A program that says of one output field whether it passes. It abstains when its models disagree without a
 * majority, and fails when they do; neither is a verdict.
 */
export interface Judge extends Program<Record<string, unknown>, Judgement> {
  /** Output field that it judges. */
  readonly field: string;
  /** Digest of the signature whose output it judges. */
  readonly task: string;
  readonly rubric: Instructions;
  /** The models that are asked; each once, in this order. */
  readonly models: readonly ModelSpec[];
  /** What it is shown of a case: the inputs, the reference where it sees one, and the output under judgement. */
  evidence(judged: JudgedOutput): Evidence;
}

/**
 * A judge of single outputs. Each model is asked once for a reason and then a verdict (Zheng et al. 2023,
 * arXiv 2306.05685); the verdict is that of more than half of the models, those that failed included.
 *
 * @param task The signature whose output is judged.
 * @throws InputError for a field that the task does not output, a task with fields that clash with those of
 * the judge, no model, and a model twice.
 * @example Usage
 * ```ts
 * import { local } from "@lib/model/mod.ts";
 * import { judge } from "@lib/scoring/mod.ts";
 * import { inlineInstructions, signature } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 * import { z } from "zod";
 *
 * const Reply = signature({ name: "reply", instructions: "", input: { mail: z.string() }, output: { reply: z.string() } });
 * const rubric = inlineInstructions("Pass if the reply is polite.");
 * const polite = judge(Reply, { field: "reply", rubric, models: [local("a"), local("b"), local("c")] });
 * assert.deepEqual(polite.forecast().calls, { least: 3, most: 6 }); // a faulty reply may be corrected once
 * ```
 */
export function judge<I, O>(task: Signature<I, O>, options: JudgeOptions): Judge {
  const { field, rubric, models, reference = false } = options;
  const seen = judgeSignature(task, { field, rubric, reference });
  const { program, describe } = panelOf(seen, options);
  return {
    name: "judge",
    signature: seen,
    field,
    task: task.digest,
    rubric,
    models,
    evidence: ({ input, output, expected }) => ({
      ...input,
      ...(reference && { reference: expected[field] }),
      [field]: output[field],
    }),
    describe: () => ({
      strategy: "judge",
      signature: seen.digest,
      field,
      rubric: rubric.digest,
      ...describe(),
    }),
    forecast: (): Forecast => sumForecasts(models.map(() => program.forecast())),
    async run(input, scope): Promise<Prediction<Judgement>> {
      const shown = seenInput(seen, input);
      const asked = await askPanel(models, scope, (inner) => program.run(shown, inner));
      return settle(asked, ({ verdict }) => verdict);
    },
  };
}
