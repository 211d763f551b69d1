import type { ModelSpec } from "../model/mod.ts";

/** What of a model changes its replies, as a part of a composition; price and concurrency do not. */
export function describeModel({ name, structure, sampling, sendsSeed }: ModelSpec) {
  return { name, structure, sampling, sendsSeed };
}
