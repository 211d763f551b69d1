import { InputError } from "../io/mod.ts";
import { type Observation, observationKey } from "./observation.ts";

/**
 * Makes a check for the observations of one journal: each must be whole, of a cell of the run, and there once.
 *
 * @param path File of the journal, for errors.
 * @param cells Ids of the run's cells; without them, any.
 * @returns A function that throws an InputError with file and line for an observation that is none of this.
 */
export function observationCheck(
  path: string,
  cells?: ReadonlySet<string>,
): (entry: Observation, line: number) => void {
  const seen = new Map<string, number>();
  return (entry, line) => {
    const damaged = (what: string, found: string): InputError =>
      new InputError(what, {
        where: `${path}, line ${line}`,
        found,
        fix: "restore the file; or start a new run, whose unchanged requests are answered from the cache",
      });
    if (!isWhole(entry)) {
      throw damaged("A journal holds an observation that is not whole", JSON.stringify(entry).slice(0, 80));
    }
    if (cells && !cells.has(entry.cell)) {
      throw damaged("A journal holds a cell that its manifest lacks", entry.cell);
    }
    const key = observationKey(entry);
    const before = seen.get(key);
    if (before !== undefined) {
      throw damaged(
        "A journal holds an observation twice",
        `${key.replaceAll("\n", ", ")}, which stands on line ${before} too`,
      );
    }
    seen.set(key, line);
  };
}

function isWhole({ cell, case: id, repeat, prediction, calls, judge, score }: Partial<Observation>): boolean {
  return typeof cell === "string" && typeof id === "string" && Number.isInteger(repeat) &&
    isObject(prediction) && isObject(score?.fields) && isObject(score?.metrics) &&
    Array.isArray(calls) && calls.every(isCall) &&
    (judge === undefined ||
      isObject(judge?.verdicts) && Array.isArray(judge.calls) && judge.calls.every(isCall));
}

function isCall(call: Partial<Observation["calls"][number]> | null): boolean {
  return isObject(call?.result) && Array.isArray(call?.messages) && Array.isArray(call?.timing?.attempts);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}
