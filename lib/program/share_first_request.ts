import { type Call, type Model, type ModelRequest, requestKey, unlessAborted } from "../model/mod.ts";
import type { Scope } from "./types.ts";

/** The models of samples that join their first requests. */
export interface SharedModels extends Pick<Scope, "model" | "open"> {
  /** Calls that were paid for and that no sample has asked for; to be read when all have ended. */
  unclaimed(): Promise<Call[]>;
}

/**
 * Lets samples that run side by side join their first requests: nothing has been sampled before them, so they are the
 * same but for the rollout. Whichever comes first asks for the replies of all, when its model can draw several, and
 * each sample takes its own when it makes that very request. Nothing waits for a sample to ask. Every other
 * request goes its own way, as do those of strategies that number rollouts anew.
 *
 * @param scope What the samples run in.
 * @param samples Rollout and path of each.
 */
export function shareFirstRequest(
  scope: Scope,
  samples: readonly Pick<Scope, "rollout" | "path">[],
): SharedModels {
  const rollouts = samples.map(({ rollout }) => rollout);
  let begun = false;
  let drawn: { alike: string; calls: Promise<Call[]>; left: Set<number> } | undefined;

  const begin = (model: Model, request: ModelRequest, path: readonly string[]): void => {
    if (begun) return;
    begun = true;
    // rollout 0 of a nested strategy is 0 too, but its others are not the samples' own: its path tells
    const anew = path.slice(scope.path.length + 1).some((name) => /^(sample|attempt) \d+$/.test(name));
    if (!model.generateSamples || anew || !rollouts.includes(request.rollout)) return;
    const paths = samples.map(({ path }) => path);
    const options = { paths, ...(scope.signal && { signal: scope.signal }) };
    const calls = model.generateSamples(request, rollouts, options);
    drawn = { alike: alikeOf(model, request), calls, left: new Set(rollouts.keys()) };
  };

  const claim = (model: Model, request: ModelRequest): Promise<Call | undefined> | undefined => {
    const index = rollouts.indexOf(request.rollout);
    if (!drawn?.left.has(index) || drawn.alike !== alikeOf(model, request)) return undefined;
    drawn.left.delete(index);
    return drawn.calls.then((calls) => calls[index]);
  };

  const join = (model: Model): Model => {
    const generateSamples = model.generateSamples?.bind(model);
    return {
      spec: model.spec,
      async generate(request, options = {}) {
        const { path = [], signal } = options;
        signal?.throwIfAborted();
        begin(model, request, path);
        const claimed = claim(model, request);
        const call = claimed && await unlessAborted(claimed, signal);
        return call ? { ...call, path } : await model.generate(request, options);
      },
      ...(generateSamples && {
        generateSamples: (...asked) => {
          begun = true; // by a nested strategy
          return generateSamples(...asked);
        },
      }),
    };
  };

  return {
    model: join(scope.model),
    open: (spec) => join(scope.open(spec)),
    async unclaimed() {
      if (!drawn) return [];
      const { calls, left } = drawn;
      return (await calls).filter(({ source }, index) => source === "live" && left.has(index));
    },
  };
}

/** What requests have in common that differ in their rollout alone. */
function alikeOf({ spec }: Model, request: ModelRequest): string {
  return requestKey(spec, { ...request, rollout: 0 });
}
