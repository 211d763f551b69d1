import type { Step } from "../../program/mod.ts";
import { INFRASTRUCTURE } from "../../scoring/mod.ts";
import type { Bench } from "../bench.ts";
import { compareTrials, comparisonText } from "../compare_trials.ts";
import { failureText } from "../reflection/failure_text.ts";
import { type Quotes, quotesOf } from "../reflection/quotes.ts";
import { rewriter } from "../reflection/rewrite.ts";
import { STUDENT } from "../teach.ts";
import type { Candidate, CaseRun, Choice, Optimizer, Trial } from "../types.ts";

/** Options of {@linkcode reflectiveInstructions}. */
export interface ReflectOptions {
  /** How often instructions are rewritten. @default {4} */
  proposals?: number;
  /** Failures that each rewriting is shown. @default {4} */
  failures?: number;
  /** Most characters of instructions. @default {4000} */
  maxCharacters?: number;
}

const RULE = "a rewriting is taken when more dev cases are right and no kind of failure is new";

/**
 * Rewrites instructions from failures (Agrawal et al. 2025, arXiv 2507.19457, in one line of descent): a model reads
 * failed train cases with their faults and writes the instructions of one signature anew, each in turn. A proposal
 * counts only by dev cases, which it has not seen: it is taken when more of them are right and no category of failure
 * shows that was not there before. One that repeats the text of any case is refused before it is measured. Why a
 * proposal was not taken is told to the next one.
 *
 * @throws InputError in `optimize()` when there is no dev case.
 * @example Usage
 * ```ts
 * import { reflectiveInstructions } from "@lib/optimize/mod.ts";
 * import assert from "node:assert/strict";
 *
 * assert.equal(reflectiveInstructions({ proposals: 2 }).describe().failures, 4);
 * ```
 */
export function reflectiveInstructions(options: ReflectOptions = {}): Optimizer {
  const settings = { proposals: 4, failures: 4, maxCharacters: 4000, ...options };
  return {
    name: "reflect",
    describe: () => settings,
    needsDev: true,
    async run(bench): Promise<Choice> {
      const baseline = await bench.evaluate(STUDENT);
      if (!baseline.complete) return { chosen: undefined, verdict: "nothing was measured to its end" };
      const best = await improve(bench, baseline, settings);
      if (best === baseline) return { chosen: STUDENT, verdict: `${RULE}: none was` };
      const comparison = compareTrials(best, baseline, bench.trials.length - 1);
      return { chosen: best.candidate, verdict: `${RULE}. ${comparisonText(comparison)}`, comparison };
    },
  };
}

/** {@linkcode reflectiveInstructions} as it is by default. */
export const reflect = reflectiveInstructions();

async function improve(bench: Bench, baseline: Trial, settings: Required<ReflectOptions>): Promise<Trial> {
  let best = baseline;
  let failed = await failuresOf(bench, best.candidate);
  const names = [...bench.signatures.keys()].sort();
  const rejected = new Map<string, string[]>(names.map((name) => [name, []]));
  for (let number = 1; number <= settings.proposals && !bench.ended; number++) {
    const name = names[(number - 1) % names.length];
    const signature = bench.signatures.get(name ?? "");
    if (!signature) break;
    if (failed.length === 0) {
      bench.note("no train case fails: there is nothing to learn from");
      break;
    }
    const attempts = rejected.get(signature.name) ?? [];
    const proposal = await propose(bench, { best, failed, signature, attempts, number }, settings);
    if (!proposal) break;
    const reject = (why: string) => {
      bench.note(`proposal ${number} for ${signature.name} was not taken: ${why}`);
      attempts.push(why);
    };
    if ("fault" in proposal) {
      reject(proposal.fault);
      continue;
    }
    const trial = await bench.evaluate(proposal);
    if (!trial.complete) break;
    const why = whyNot(trial, best);
    if (why !== undefined) {
      reject(why);
      continue;
    }
    bench.note(
      `proposal ${number} for ${signature.name} was taken: ${trial.right} of ${trial.planned} right`,
    );
    best = trial;
    failed = await failuresOf(bench, best.candidate);
  }
  return best;
}

/** The training cases that a candidate fails by its own fault. */
async function failuresOf(bench: Bench, candidate: Candidate): Promise<CaseRun[]> {
  const runs = await bench.run(candidate, bench.pool.cases, { phase: `${candidate.name} on train` });
  return runs.filter(({ score: { category } }) =>
    category !== "correct" && category !== "judge_error" && !INFRASTRUCTURE.includes(category)
  );
}

interface About {
  best: Trial;
  failed: readonly CaseRun[];
  signature: Step["signature"];
  /** Why earlier proposals for it were not taken. */
  attempts: readonly string[];
  number: number;
}

/** Asks for other instructions; `undefined` when a limit is reached. */
async function propose(
  bench: Bench,
  { best, failed, signature, attempts, number }: About,
  settings: Required<ReflectOptions>,
): Promise<Candidate | { fault: string } | undefined> {
  const { name } = signature;
  const now = instructionsNow(bench, best.candidate, signature);
  const shown = bench.order(failed.map((run) => ({ id: run.case.id, run })), `failures ${number}`);
  const prediction = await bench.ask(rewriter(), {
    instructions: now,
    fields: fieldsText(signature),
    failures: shown.slice(0, settings.failures)
      .map(({ run }, index) => `Case ${index + 1}\n${failureText(run, name)}`).join("\n\n"),
    attempts: attempts.slice(-3).map((why) => `- ${why}`).join("\n") || "none",
  }, number);
  if (!prediction) return undefined;
  if (prediction.status !== "ok") {
    const why = prediction.status === "failed" ? prediction.failure.message : prediction.reason;
    return { fault: `the reply was not usable: ${why}` };
  }
  const text = prediction.output.rewritten.trim();
  const fault = faultOf(text, now, settings.maxCharacters, quotes(bench, signature));
  if (fault !== undefined) return { fault };
  const { demos, instructions } = best.candidate;
  return {
    name: `proposal ${number}`,
    note: `instructions of ${name} rewritten: ${prediction.output.diagnosis.trim()}`,
    demos,
    instructions: { ...instructions, [name]: text },
  };
}

function instructionsNow(bench: Bench, { instructions }: Candidate, signature: Step["signature"]): string {
  const { name } = signature;
  const { prompts = {} } = bench.setting.scope;
  return instructions[name] ?? (prompts[name] ?? signature.instructions).text;
}

function fieldsText({ output }: Step["signature"]): string {
  return output.map(({ name, type, description }) =>
    `- ${name} (${type})${description && `: ${description}`}`
  )
    .join("\n");
}

function quotes(bench: Bench, signature: Step["signature"]): Quotes {
  const { train, dev, test = [], program } = bench.setting;
  const original = instructionsNow(bench, STUDENT, signature);
  return quotesOf([...train, ...dev, ...test], program.signature.output, [original, fieldsText(signature)]);
}

/** Why a proposal is refused before it is measured. */
function faultOf(text: string, now: string, most: number, { find }: Quotes): string | undefined {
  if (text === "") return "the instructions were empty";
  if (text === now.trim()) return "the instructions were the same as before";
  if (text.length > most) return `the instructions had ${text.length} characters, at most ${most} are taken`;
  // which case it is stays out of the reason: the next proposal reads it
  return find(text) === undefined
    ? undefined
    : "the instructions repeated the text of a case: state general rules";
}

/** Why a proposal is not taken by the evidence of dev cases; counts alone, never a case. */
function whyNot(trial: Trial, best: Trial): string | undefined {
  const before = new Set(best.runs.map(({ score }) => score.category));
  const news = new Set(
    trial.runs.map(({ score }) => score.category).filter((category) => !before.has(category)),
  );
  news.delete("correct");
  const counts =
    `${trial.right} of ${trial.planned} other cases were right, ${best.right} with the instructions as they are`;
  if (trial.right <= best.right) return counts;
  return news.size === 0 ? undefined : `${counts}; but answers failed in a new way: ${[...news].join(", ")}`;
}
