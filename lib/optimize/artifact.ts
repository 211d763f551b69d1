import { artifactDigest, type CompiledArtifact, type CompiledDemo } from "../program/mod.ts";
import { CATEGORIES, type Category } from "../scoring/mod.ts";
import type { Interval } from "../stats/mod.ts";
import type { Cost } from "./cost.ts";
import type { Optimized } from "./optimize.ts";
import type { Comparison, Trial } from "./types.ts";

/** What an artifact says of where it comes from. */
export interface Provenance {
  task: string;
  variant: string;
  prompt: string;
  /** Name of the model; that of the teacher and that which rewrites, where they are others. */
  model: string;
  teacher?: string;
  reflection?: string;
  /** Digests of all that it depends on. */
  digests: { dataset: string; signature: string; prompt: string; program: string; model: string };
  /** Cases by what they were used for. */
  cases: { train: number; dev: number };
  /** Day, ISO 8601; no part of the digest. */
  createdAt: string;
}

/** A candidate that was measured, as the artifact keeps it. */
export interface TriedCandidate {
  name: string;
  note: string;
  /** Ids of the cases of its examples, by signature name. */
  demos: Readonly<Record<string, readonly string[]>>;
  /** Instructions, by signature name. */
  instructions: Readonly<Record<string, string>>;
  split: "dev";
  right: number;
  total: number;
  /** Cases that were to be run; more than `total` where a limit ended it. */
  planned: number;
  /** 95% of the share right. */
  interval: Interval | null;
  categories: Readonly<Partial<Record<Category, number>>>;
  cost: Cost;
}

/** The whole file of an artifact. */
export interface ArtifactFile extends CompiledArtifact, Omit<Provenance, "digests"> {
  digests: Provenance["digests"];
  optimizer: Optimized["optimizer"];
  seed: number;
  /** Name of the candidate that was chosen, and why. */
  chosen: string;
  verdict: string;
  status: Optimized["status"];
  comparison: Comparison | null;
  notes: readonly string[];
  tried: readonly TriedCandidate[];
  /** All calls of the compilation, stored ones with the price that they had. */
  cost: Cost;
}

/**
 * The artifact of a compilation. Equal inputs, seed and replies give equal text but for the date.
 *
 * @throws TypeError when nothing was chosen.
 */
export function makeArtifact(optimized: Optimized, provenance: Provenance): ArtifactFile {
  const { chosen, verdict, comparison = null, optimizer, seed, status, notes, trials, cost } = optimized;
  if (!chosen) throw new TypeError("Cannot make an artifact as no candidate was chosen");
  const { createdAt, ...from } = provenance;
  const content = {
    format: "assay-compiled/1" as const,
    ...from,
    optimizer,
    seed,
    status,
    chosen: chosen.name,
    verdict,
    comparison,
    instructions: sorted(chosen.instructions),
    demos: sorted(chosen.demos),
    tried: trials.map(triedOf),
    notes,
    cost,
  };
  const plain = JSON.parse(JSON.stringify(content)); // what will be read back
  const { format, ...rest } = content;
  return { format, digest: artifactDigest(plain), createdAt, ...rest };
}

/** The artifact as its file holds it: two spaces, a member a line, so that a difference can be reviewed. */
export function artifactText(artifact: ArtifactFile): string {
  return JSON.stringify(artifact, null, 2) + "\n";
}

function triedOf({ candidate, runs, planned, right, interval, cost }: Trial): TriedCandidate {
  const count = (category: Category) => runs.filter(({ score }) => score.category === category).length;
  const categories = CATEGORIES.map((category) => [category, count(category)] as const);
  const ids = Object.entries(candidate.demos).map(([name, demos]) => [name, demos.map(idOf)]);
  return {
    name: candidate.name,
    note: candidate.note,
    demos: sorted(Object.fromEntries(ids)),
    instructions: sorted(candidate.instructions),
    split: "dev",
    right,
    total: runs.length,
    planned,
    interval,
    categories: Object.fromEntries(categories.filter(([, number]) => number > 0)),
    cost,
  };
}

function idOf({ case: { id } }: CompiledDemo): string {
  return id;
}

function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
