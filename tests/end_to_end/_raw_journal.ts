import { join } from "node:path";

/** An observation as it stands in a journal, read without the code under test. */
export interface RawObservation {
  cell: string;
  case: string;
  repeat: number;
  prediction: { status: string; output?: Record<string, unknown> };
  score: {
    category: string;
    fields: Record<string, { outcome: string; score: number }>;
    metrics: Record<string, number>;
  };
  calls: {
    model: string;
    source: "live" | "cache" | "recording";
    result: { ok: boolean };
    costUsd: number | null;
    path: string[];
    usage: Record<"inputTokens" | "cachedTokens" | "outputTokens" | "reasoningTokens", number> | null;
    timing: { attempts: { durationMs: number; fault?: unknown }[] };
  }[];
}

/** The observations of a run's journal in their order; every line must be whole JSON. */
export async function rawObservations(folder: string): Promise<RawObservation[]> {
  const text = await Deno.readTextFile(join(folder, "journal.jsonl"));
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new Error("The journal's last line has no line end");
  return lines.map((line) => JSON.parse(line)).filter(({ type }) => type === "observation");
}

/** Identity of an observation, as text. */
export function identity({ cell, case: id, repeat }: RawObservation): string {
  return `${cell} ${id} ${repeat}`;
}

/** How often each text occurs. */
export function tally(texts: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1;
  return counts;
}
