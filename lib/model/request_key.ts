import { digestText } from "../io/mod.ts";
import { type Message, RENDERER_VERSION } from "../prompt/mod.ts";
import { imageAddress } from "../signature/mod.ts";
import type { ModelRequest, ModelSpec, Sampling } from "./types.ts";

/** Sampling parameters of a request as they go over the wire. */
export function samplingOf(spec: ModelSpec, request: ModelRequest): Sampling {
  return {
    temperature: request.temperature ?? spec.sampling.temperature,
    ...(spec.sampling.topP !== undefined && { topP: spec.sampling.topP }),
    maxTokens: request.maxTokens,
    ...(spec.sendsSeed && { seed: (request.seed * 1_000_003 + request.rollout) % 2 ** 31 }),
  };
}

/**
 * The content address of a request: SHA-256 over endpoint, model, messages, sampling, schema, rollout and
 * renderer version. Two requests that differ in any of these never share a reply. The members are listed in
 * a fixed order, and a schema counts with the order of its fields, as a model sees it. A picture counts by its
 * content address and its place, never by its path.
 */
export function requestKey(spec: ModelSpec, request: ModelRequest): string {
  const { temperature, topP, maxTokens, seed } = samplingOf(spec, request);
  return digestText(JSON.stringify([
    RENDERER_VERSION,
    spec.endpoint.id,
    spec.model,
    request.messages.map(addressed),
    [temperature, topP ?? null, maxTokens, seed ?? null],
    spec.structure,
    spec.structure === "schema" ? request.schema ?? null : null,
    request.rollout,
  ]));
}

function addressed({ role, content, images = [] }: Message): unknown[] {
  const places = images.map(({ at, image }) => [at, imageAddress(image)]);
  return places.length === 0 ? [role, content] : [role, content, places];
}
