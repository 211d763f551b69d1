import type { Case } from "../dataset/mod.ts";
import type { Model, ModelRequest, ModelSpec } from "../model/mod.ts";
import type { Plan } from "./plan.ts";

/** A request that judging a case would send. */
export interface ForetoldRequest {
  spec: ModelSpec;
  request: ModelRequest;
}

class Foretold extends Error {}

/**
 * The first request to each model of each judge for a case that is not answered yet, as if its answer were the
 * reference: about as long, which is what its price depends on.
 */
export async function foretellJudging(
  { task, seed }: Plan,
  { input, expected }: Case,
): Promise<ForetoldRequest[]> {
  const foretold: ForetoldRequest[] = [];
  const open = (spec: ModelSpec): Model => ({
    spec,
    generate(request) {
      foretold.push({ spec, request });
      return Promise.reject(new Foretold());
    },
  });
  for (const judge of Object.values(task.experiment.judges)) {
    const [first] = judge.models;
    if (!first) continue;
    try {
      const scope = { open, model: open(first), rollout: 0, seed, path: [] };
      await judge.run(judge.evidence({ input, output: expected, expected }), scope);
    } catch (error) {
      if (!(error instanceof Foretold)) throw error;
    }
  }
  return foretold;
}
