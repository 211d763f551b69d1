import type { Call } from "../model/mod.ts";
import { type Attempted, attemptOf, type Reward, scoreOf } from "./attempts.ts";
import { repeatForecast } from "./forecast.ts";
import type { Prediction, Program, ProgramDescription } from "./types.ts";

/** Options of {@linkcode bestOfN}. */
export interface BestOfNOptions<I, O> {
  /** Most attempts, each an independent sample. @default {3} */
  n?: number;
  /** How good an output is, without its truth: a pure function of output and input. */
  reward: Reward<I, O>;
  /** The first attempt that reaches it ends the search. @default {none: all are made} */
  threshold?: number;
}

/**
 * Makes up to `n` independent attempts one after the other and keeps the one with the highest reward, the first of
 * equals. Every attempt stands in `diagnostics.attempts` with its reward or its failure; an attempt whose reward
 * throws or is no number is kept as such and never chosen before one that has a reward.
 *
 * @throws RangeError when `n` is no count.
 * @example Usage
 * ```ts
 * import { bestOfN, predict } from "@lib/program/mod.ts";
 * import { signature } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 * import { z } from "zod";
 *
 * const Slogan = signature({ name: "slogan", instructions: "", input: {}, output: { text: z.string() } });
 * const short = bestOfN(predict(Slogan), { n: 4, reward: ({ text }) => -text.length, threshold: -30 });
 * assert.deepEqual(short.forecast().calls, { least: 1, most: 8 });
 * ```
 */
export function bestOfN<I, O>(program: Program<I, O>, options: BestOfNOptions<I, O>): Program<I, O> {
  const { n = 3, reward, threshold } = options;
  if (!Number.isInteger(n) || n < 1) {
    throw new RangeError(`Cannot choose the best of n as n must be an integer >= 1: current value is ${n}`);
  }
  return {
    name: "bestOfN",
    signature: program.signature,
    describe: (): ProgramDescription => ({
      strategy: "bestOfN",
      n,
      reward: String(reward),
      ...(threshold !== undefined && { threshold }),
      program: program.describe(),
    }),
    forecast: () => repeatForecast(program.forecast(), threshold === undefined ? n : 1, n),
    async run(input, scope): Promise<Prediction<O>> {
      const attempts: Attempted[] = [];
      const calls: Call[] = [];
      let best: { prediction: Prediction<O>; score: number; index: number } | undefined;
      let fallback: Prediction<O> | undefined; // where no attempt has a reward
      for (let index = 0; index < n; index++) {
        const prediction = await program.run(input, {
          ...scope,
          rollout: scope.rollout * n + index,
          path: [...scope.path, `attempt ${index}`],
        });
        calls.push(...prediction.calls);
        if (!fallback || (fallback.status !== "ok" && prediction.status === "ok")) fallback = prediction;
        if (prediction.status !== "ok") {
          attempts.push(attemptOf(prediction));
          continue;
        }
        const score = scoreOf(reward, prediction.output, input);
        attempts.push({ ...attemptOf(prediction), ...score });
        if ("rewardFault" in score) continue;
        if (!best || score.reward > best.score) best = { prediction, score: score.reward, index };
        if (threshold !== undefined && score.reward >= threshold) break;
      }
      const chosen = best?.prediction ?? fallback as Prediction<O>; // n is at least 1
      return {
        ...chosen,
        diagnostics: { ...chosen.diagnostics, attempts, ...(best && { chosen: best.index }) },
        calls,
      };
    },
  };
}
