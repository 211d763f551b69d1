import type { CellSummary, RunSummary } from "@lib/experiment/mod.ts";
import { CATEGORIES, type Category } from "@lib/scoring/mod.ts";

/** A cell of 84 cases in two repeats with the given parts changed. */
export function cellOf(parts: Partial<CellSummary> = {}): CellSummary {
  const { variant = "predict", prompt = "brief", model = "local:small" } = parts;
  const accuracy = { passed: 42, total: 168, rate: 0.25, interval: [0.17, 0.353] as const, effectiveN: 84 };
  const counts: Partial<Record<Category, number>> = { correct: 42, wrong: 100, hallucinated: 26 };
  return {
    id: `${variant}/${prompt}/${model}`,
    variant,
    prompt,
    model,
    planned: 168,
    observed: 168,
    cases: 84,
    accuracy,
    categories: Object.fromEntries(CATEGORIES.map((name) => [name, counts[name] ?? 0])) as Record<
      Category,
      number
    >,
    fields: { category: { ...accuracy, outcomes: { correct: 42, wrong: 120, missing: 6 } } },
    metrics: {},
    latencyMs: { p50: 812.4, p95: 15_766, n: 168 },
    costUsd: null,
    incurredUsd: 0,
    tokens: { input: 36_000, cached: 24_000, output: 5_500, reasoning: 0, unknownCalls: 0 },
    calls: { total: 168, live: 0, cache: 0, recording: 168, failedAttempts: 0, corrections: 0 },
    ...parts,
  };
}

/** A run of the given cells. */
export function summaryOf(cells: readonly CellSummary[]): RunSummary {
  return {
    manifest: {
      format: "assay-run/1",
      id: "triage-20260101-000000-0000",
      task: "triage",
      createdAt: "2026-01-01T00:00:00Z",
      mode: "replay",
      selection: {},
      digests: { dataset: "", renderer: "1", signature: "", prompts: {}, variants: {}, models: {} },
      cells: cells.map(({ id, variant, prompt, model }) => ({
        id,
        variant,
        prompt,
        model,
        structure: "json_schema",
        price: "unknown",
      })),
      cases: 84,
      repeats: 2,
      seed: 1,
    },
    status: "complete",
    startedAt: "2026-01-01T00:00:00Z",
    endedAt: "2026-01-01T00:00:01Z",
    cells,
  };
}
