import type { Case } from "../dataset/mod.ts";
import type { Model, ModelSpec } from "../model/mod.ts";
import type { EarlierCase, Prediction } from "../program/mod.ts";
import { judgeCase, type Judging } from "../scoring/mod.ts";
import type { Cell } from "./cells.ts";
import { observationKey } from "./observation.ts";
import type { Opener } from "./opener.ts";
import type { Plan } from "./plan.ts";

/** Observations that are made, by key, with their output where later cases of a session may be shown it. */
export type Done = ReadonlyMap<string, Readonly<Record<string, unknown>> | undefined>;

/** One case of one cell at one repeat. */
export interface Work {
  cell: Cell;
  case: Case;
  repeat: number;
}

/**
 * What is left of some cells, cell by cell, repeat by repeat, as chains: the cases of a session are one, in their
 * order, as each may be shown what came before; any other case is one of its own.
 */
export function* chainsOf(cells: readonly Cell[], plan: Plan, done: Done): Generator<readonly Work[]> {
  const sessions = Map.groupBy(
    plan.cases,
    ({ id, session }) => session === undefined ? `case ${id}` : `session ${session}`,
  );
  const chains = [...sessions.values()];
  for (const cell of cells) {
    for (let repeat = 0; repeat < plan.repeats; repeat++) {
      for (const cases of chains) {
        const chain = cases.map((entry): Work => ({ cell, case: entry, repeat }));
        if (chain.some((work) => !done.has(keyOf(work)))) yield chain;
      }
    }
  }
}

/** Key of the observation that a piece of work makes. */
export function keyOf({ cell, case: entry, repeat }: Work): string {
  return observationKey({ cell: cell.id, case: entry.id, repeat });
}

/** A case as later ones of its session may see it. */
export function asEarlier(
  { id, input, expected }: Case,
  output: Readonly<Record<string, unknown>> | undefined,
): EarlierCase {
  return { id, input, expected, ...(output && { output }) };
}

/** Runs one case of one cell: the same for a run and for looking up what is stored. */
export function predictCase(
  { cell, case: entry, repeat }: Work,
  earlier: readonly EarlierCase[],
  plan: Plan,
  open: Opener,
  signal?: AbortSignal,
): Promise<Prediction<Record<string, unknown>>> {
  const { id, input, group, session, at, state = {} } = entry;
  return cell.program.run(input, {
    model: open(cell.model),
    open,
    rollout: repeat,
    seed: plan.seed,
    path: [],
    prompts: { [plan.task.experiment.signature.name]: cell.instructions },
    examples: plan.examples,
    ...(open.embedder && { embedder: open.embedder }),
    case: {
      id,
      input,
      state,
      earlier: [...earlier],
      ...(group && { group }),
      ...(session && { session }),
      ...(at && { at }),
    },
    ...(signal && { signal }),
  });
}

/** Checks what became of a case and asks its judges: the same for a run and for looking up what is stored. */
export function judgePrediction(
  { case: entry }: Work,
  prediction: Prediction<Record<string, unknown>>,
  plan: Plan,
  open: (spec: ModelSpec) => Model,
  signal?: AbortSignal,
): Promise<Judging> {
  const scope = { open, seed: plan.seed, ...(signal && { signal }) };
  return judgeCase(plan.task.experiment, entry, prediction, scope);
}
