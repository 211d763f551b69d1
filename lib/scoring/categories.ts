import type { Failure } from "../program/mod.ts";

/**
 * What became of a case or a field, told apart so that they can be counted apart. The order is that of
 * severity: a case takes the first of these that one of its fields shows. A `violation` is a rule of the task that
 * an output breaks; a `judge_error` is an output that its judge gave no verdict on, which says nothing about it, so
 * that any other fault of the case counts before it.
 */
export const CATEGORIES = [
  "provider_error",
  "timeout",
  "retrieval_error",
  "refused",
  "empty",
  "truncated",
  "format",
  "abstained",
  "violation",
  "hallucinated",
  "unit_error",
  "missing",
  "wrong",
  "judge_error",
  "correct",
] as const;

/** One of {@linkcode CATEGORIES}. */
export type Category = typeof CATEGORIES[number];

/** Faults of the infrastructure: they say nothing about the model's answers, but still count in every denominator. */
export const INFRASTRUCTURE: readonly Category[] = ["provider_error", "timeout", "retrieval_error"];

/** The category of a failed prediction. */
export function categoryOfFailure({ kind }: Failure): Category {
  switch (kind) {
    case "timeout":
    case "refused":
    case "empty":
    case "truncated":
    case "format":
      return kind;
    case "retrieval":
      return "retrieval_error";
    case "rate_limit":
    case "server":
    case "connection":
    case "auth":
    case "not_found":
    case "bad_request":
    case "protocol":
    case "too_large":
      return "provider_error";
  }
}
