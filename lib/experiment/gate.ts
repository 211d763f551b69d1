import type { CellSummary } from "./summary.ts";

/** What a gate says of one cell. `inconclusive` is no pass. */
export interface GateResult {
  cell: string;
  verdict: "pass" | "fail" | "inconclusive";
}

/**
 * Holds every cell's accuracy against a bar: `pass` when the whole 95% interval is at or above it, `fail` when
 * the whole interval is below it, else `inconclusive`: the cases cannot tell.
 *
 * @param bar Least accuracy, 0 to 1.
 */
export function accuracyGate(cells: readonly CellSummary[], bar: number): GateResult[] {
  return cells.map(({ id, accuracy: { interval: [low, high] } }) => ({
    cell: id,
    verdict: low >= bar ? "pass" : high < bar ? "fail" : "inconclusive",
  }));
}
