import type { Prediction } from "./types.ts";

/** How good an output is, higher is better. */
export type Reward<I, O> = (output: O, input: I) => number;

/** An attempt as diagnostics keep it; its requests stand among the calls. */
export interface Attempted {
  status: Prediction<unknown>["status"];
  output?: unknown;
  /** Why it failed or abstained. */
  reason?: string;
  reward?: number;
  /** Why it has no reward. */
  rewardFault?: string;
  /** What a check found wrong with it. */
  fault?: string;
}

/** Keeps what an attempt came to. */
export function attemptOf(prediction: Prediction<unknown>): Attempted {
  switch (prediction.status) {
    case "ok":
      return { status: "ok", output: prediction.output };
    case "abstained":
      return { status: "abstained", reason: prediction.reason };
    case "failed":
      return { status: "failed", reason: prediction.failure.message };
  }
}

/** The reward of an output, or why there is none: an error in a reward is no low reward. */
export function scoreOf<I, O>(
  reward: Reward<I, O>,
  output: O,
  input: I,
): { reward: number } | { rewardFault: string } {
  try {
    const value = reward(output, input);
    return Number.isFinite(value) ? { reward: value } : { rewardFault: `gave ${value}, expected a number` };
  } catch (error) {
    return { rewardFault: error instanceof Error ? error.message : String(error) };
  }
}
