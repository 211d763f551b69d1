import type { Metric } from "./metric.ts";

/** 1 when every field of the case is correct, else 0. */
export const caseAccuracy: Metric = {
  description: "share of cases with every field correct, 0 to 1",
  binary: true,
  compute: ({ category }) => (category === "correct" ? 1 : 0),
};
