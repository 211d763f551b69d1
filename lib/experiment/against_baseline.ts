import { InputError, suggest } from "../io/mod.ts";
import { readJournal } from "./journal.ts";
import { type Manifest, readManifest } from "./manifest.ts";

/** How one cell differs from its baseline on the same cases and repeats. */
export interface BaselineChange {
  cell: string;
  baseline: string;
  /** Case and repeat pairs that both cells have. */
  pairs: number;
  /** Pairs that only this cell has right. */
  newlyRight: number;
  /** Pairs that only the baseline has right. */
  newlyWrong: number;
}

/**
 * Compares each cell of a run with its baseline (see {@linkcode pairCells}) on the cases that both have.
 *
 * @param baseline Name of a variant, or id of a cell.
 * @throws InputError when the run has neither.
 */
export async function againstBaseline(folder: string, baseline: string): Promise<BaselineChange[]> {
  const manifest = await readManifest(folder);
  const pairs = pairCells(manifest.cells, baseline);
  const right = new Map<string, Map<string, boolean>>();
  for await (const line of readJournal(folder)) {
    if (line.type !== "observation") continue;
    const cell = right.get(line.cell) ?? new Map<string, boolean>();
    right.set(line.cell, cell);
    cell.set(`${line.case}\n${line.repeat}`, line.score.category === "correct");
  }
  return pairs.map(([cell, base]) => {
    const [here, there] = [right.get(cell), right.get(base)];
    const common = [...here ?? []].filter(([key]) => there?.has(key));
    return {
      cell,
      baseline: base,
      pairs: common.length,
      newlyRight: common.filter(([key, passed]) => passed && !there?.get(key)).length,
      newlyWrong: common.filter(([key, passed]) => !passed && there?.get(key)).length,
    };
  });
}

/**
 * Pairs each cell with its baseline: the cell of that id, or the cell of that variant under the same prompt and
 * model.
 *
 * @param baseline Name of a variant, or id of a cell.
 * @throws InputError when there is neither.
 */
export function pairCells(
  cells: Manifest["cells"],
  baseline: string,
): [cell: string, baseline: string][] {
  const chosen = cells.filter(({ id, variant }) => id === baseline || variant === baseline);
  if (chosen.length === 0) {
    const known = [...new Set(cells.map(({ variant }) => variant)), ...cells.map(({ id }) => id)];
    const near = suggest(baseline, known);
    throw new InputError(`Unknown baseline "${baseline}"`, {
      where: "--baseline",
      expected: `a variant or a cell: ${known.join(", ")}`,
      ...(near && { fix: `did you mean ${near}?` }),
    });
  }
  return cells.flatMap((cell): [string, string][] => {
    const base = chosen.length === 1
      ? chosen[0]
      : chosen.find((other) => other.prompt === cell.prompt && other.model === cell.model);
    return base && base.id !== cell.id ? [[cell.id, base.id]] : [];
  });
}
