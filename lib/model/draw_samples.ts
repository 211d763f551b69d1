import type { Asked } from "./book_reply.ts";
import { requestKey } from "./request_key.ts";
import type { Call, Model, ModelSpec } from "./types.ts";

/** Most choices that OpenAI takes in one request. */
const MOST_CHOICES = 128;

/** How a model finds stored replies and asks for others. */
export interface Wire {
  /** The call that a store answers, if one does. */
  find: (asked: Asked) => Call | undefined;
  /** One request for all that is asked; a call for each of the first, as many as there are choices. */
  send: (asked: readonly [Asked, ...Asked[]], signal?: AbortSignal) => Promise<Call[]>;
}

/** Makes {@linkcode Model.generateSamples}, which remembers when an endpoint does not honour `n`. */
export function drawSamples(
  spec: ModelSpec,
  { find, send }: Wire,
): NonNullable<Model["generateSamples"]> {
  let honoured = true;
  return async (request, rollouts, { paths = [], signal } = {}) => {
    signal?.throwIfAborted();
    const samples = rollouts.map((rollout, index): Asked => {
      const own = { ...request, rollout };
      return { key: requestKey(spec, own), path: paths[index] ?? [], request: own };
    });
    const calls = new Map<string, Call>();
    const keep = (call: Call) => calls.set(call.key, call);
    samples.flatMap((sample) => find(sample) ?? []).forEach(keep);
    const missing = () => samples.filter(({ key }) => !calls.has(key));

    const [first, ...further] = missing().slice(0, honoured ? MOST_CHOICES : 0);
    if (first) {
      const drawn = await send([first, ...further], signal);
      honoured &&= drawn.length > further.length;
      drawn.forEach(keep);
    }
    const alone = await Promise.all(missing().map((sample) => send([sample], signal)));
    alone.flat().forEach(keep);
    return samples.flatMap(({ key }) => calls.get(key) ?? []);
  };
}
