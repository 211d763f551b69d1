import type { Metric } from "./metric.ts";

/** Share of a case's fields that are correct. */
export const fieldAccuracy: Metric = {
  description: "mean share of correct fields, 0 to 1",
  binary: false,
  compute: ({ fields }) => {
    const outcomes = Object.values(fields);
    return outcomes.filter(({ outcome }) => outcome === "correct").length / outcomes.length;
  },
};
