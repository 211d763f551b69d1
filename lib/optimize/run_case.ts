import type { Case } from "../dataset/mod.ts";
import { digestText } from "../io/mod.ts";
import type { Model } from "../model/mod.ts";
import { demosOf, type EarlierCase, type Program, type Step } from "../program/mod.ts";
import type { Instructions } from "../signature/mod.ts";
import { caseContext } from "./case_context.ts";
import { costOf } from "./cost.ts";
import type { Candidate, CaseRun, OptimizeSetting } from "./types.ts";

/** Runs one case with a candidate's examples and instructions, exactly as the compiled program would. */
export async function runCase(
  setting: OptimizeSetting,
  { program, model }: { program: Program; model: Model },
  candidate: Candidate,
  entry: Case,
  earlier: readonly EarlierCase[],
): Promise<CaseRun> {
  const steps: Step[] = [];
  const prediction = await program.run(entry.input, {
    ...setting.scope,
    model,
    rollout: 0,
    seed: setting.seed ?? 1,
    path: [],
    prompts: { ...setting.scope.prompts, ...written(candidate.instructions) },
    demos: demosOf(candidate),
    case: caseContext(entry, earlier),
    onStep: (step) => void steps.push(step),
  });
  const { score, calls } = await setting.scorer.score(entry, prediction);
  return { case: entry, prediction, score, steps, cost: costOf([...prediction.calls, ...calls]) };
}

function written(instructions: Candidate["instructions"]): Record<string, Instructions> {
  return Object.fromEntries(
    Object.entries(instructions).map(([name, text]) => [
      name,
      { text, digest: digestText(text), source: "candidate" },
    ]),
  );
}
