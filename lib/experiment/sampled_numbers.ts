import type { FieldVerdict } from "../aggregate/mod.ts";
import { median } from "../stats/mod.ts";
import { readJournal } from "./journal.ts";

/** How the samples of one number agree over the cases of a cell. */
export interface SampledNumber {
  /** Id of the cell. */
  cell: string;
  /** Output field, with the names of the calls it stands in, e.g. `percent.share`. */
  field: string;
  /** Predictions in which it was sampled and had a number at all. */
  cases: number;
  /** Of them, those in which a sample was in another unit and was repaired. */
  repaired: number;
  /** Of them, those in which no group of samples within the tolerance was large enough: not averaged. */
  severalModes: number;
  /** Mean share of the samples behind the value, 0 to 1. */
  agreement: number;
  /** Median over cases of the samples' scaled MAD as stated, in the field's unit. */
  statedSpread: number;
  /** The same after unit repair. */
  spread: number;
  /** Median over cases of the range of the samples as stated. */
  statedRange: number;
}

/**
 * The spread of every number that was sampled in a run, before and after the control loop, from the journal.
 *
 * @param runFolder Folder of the run.
 */
export async function sampledNumbers(runFolder: string): Promise<SampledNumber[]> {
  const found = new Map<string, { cell: string; field: string; verdicts: FieldVerdict[] }>();
  for await (const line of readJournal(runFolder)) {
    if (line.type !== "observation") continue;
    for (const [field, verdict] of verdictsIn(line.prediction.diagnostics, [])) {
      const key = `${line.cell}\n${field}`;
      const entry = found.get(key) ?? { cell: line.cell, field, verdicts: [] };
      entry.verdicts.push(verdict);
      found.set(key, entry);
    }
  }
  return [...found.values()].map(({ cell, field, verdicts }) => {
    const stated = verdicts.flatMap(({ statedSpread, spread }) => statedSpread ?? spread ?? []);
    return {
      cell,
      field,
      cases: verdicts.length,
      repaired: verdicts.filter(({ repairs = [] }) => repairs.length > 0).length,
      severalModes: verdicts.filter((verdict) => verdict.status === "unresolved").length,
      agreement: verdicts.reduce((sum, { share }) => sum + share, 0) / verdicts.length,
      statedSpread: median(stated.map(({ scaledMad }) => scaledMad)),
      spread: median(verdicts.flatMap(({ spread }) => spread?.scaledMad ?? [])),
      statedRange: median(stated.map(({ low, high }) => high - low)),
    };
  });
}

/** Verdicts on numbers in the diagnostics of a prediction and of its named calls. */
function verdictsIn(diagnostics: unknown, path: readonly string[]): [string, FieldVerdict][] {
  const { fields = {}, calls = [] } = diagnostics as {
    fields?: Readonly<Record<string, FieldVerdict>>;
    calls?: readonly { name: string; diagnostics: unknown }[];
  };
  const own = Object.entries(fields).flatMap(([name, verdict]): [string, FieldVerdict][] =>
    verdict.spread ? [[[...path, name].join("."), verdict]] : []
  );
  return [...own, ...calls.flatMap((call) => verdictsIn(call.diagnostics, [...path, call.name]))];
}
