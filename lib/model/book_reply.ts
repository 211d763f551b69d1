import { costUsd } from "./prices.ts";
import type { RetriedResult } from "./retry.ts";
import type { Call, ModelRequest, ModelSpec, Timing, Usage } from "./types.ts";

/** A request with its content address and its place in the program. */
export interface Asked {
  key: string;
  path: readonly string[];
  request: ModelRequest;
}

const NO_TIME: Timing = { queuedMs: 0, backoffMs: 0, attempts: [] };
const NO_USAGE: Usage = { inputTokens: 0, cachedTokens: 0, outputTokens: 0, reasoningTokens: 0 };

/**
 * The calls that one live request answered: as many as it has choices, or all of them when it failed. Time, usage
 * and cost are booked on the first, as they are those of the one request.
 *
 * @param asked What was asked for, a choice each.
 * @param at When the answer came, ISO 8601.
 */
export function bookReply(
  spec: ModelSpec,
  asked: readonly [Asked, ...Asked[]],
  { timing, ...answer }: RetriedResult,
  at: string,
): [Call, ...Call[]] {
  const callOf = (
    { key, path, request }: Asked,
    result: Call["result"],
    booked: Pick<Call, "usage" | "costUsd" | "timing">,
  ): Call => ({
    key,
    path,
    model: spec.name,
    messages: request.messages,
    result,
    ...booked,
    source: "live",
    at,
  });
  const [first, ...further] = asked;
  if (!answer.ok) {
    const unknown = { usage: null, costUsd: null };
    return [
      callOf(first, answer, { ...unknown, timing }),
      ...further.map((entry) => callOf(entry, answer, { ...unknown, timing: NO_TIME })),
    ];
  }
  const { reply, others = [], usage } = answer;
  return [
    callOf(first, { ok: true, reply }, { usage, costUsd: costUsd(usage, spec.price), timing }),
    ...further.flatMap((entry, index) => {
      const other = others[index];
      const booked = { usage: NO_USAGE, costUsd: 0, timing: NO_TIME };
      return other ? [callOf(entry, { ok: true, reply: other }, booked)] : [];
    }),
  ];
}
