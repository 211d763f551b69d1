import type { Call, ModelRequest } from "../model/mod.ts";
import { type Message, renderCorrection, renderMessages } from "../prompt/mod.ts";
import { type ParsedReply, parseReply, type Signature } from "../signature/mod.ts";
import { checkNoLeak } from "./leak_guard.ts";
import type { Prediction, Program, Scope } from "./types.ts";

/** Options of {@linkcode predict}. */
export interface PredictOptions {
  /** Further turns in which the model sees its fault and may mend it, from 0. @default {1} */
  corrections?: number;
  /** Most output tokens a call. @default {256} */
  maxTokens?: number;
  /** In place of the model's own temperature. */
  temperature?: number;
}

/**
 * One call that fills the output fields.
 *
 * @example Usage
 * ```ts
 * import { predict } from "@lib/program/mod.ts";
 * import { signature } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 * import { z } from "zod";
 *
 * const Capital = signature({ name: "capital", instructions: "", input: {}, output: { city: z.string() } });
 * assert.equal(predict(Capital).describe().strategy, "predict");
 * ```
 */
export function predict<I, O>(signature: Signature<I, O>, options: PredictOptions = {}): Program<I, O> {
  const { corrections = 1, maxTokens = 256, temperature } = options;
  if (!Number.isInteger(corrections) || corrections < 0) {
    throw new RangeError(
      `Cannot predict as corrections must be an integer >= 0: current value is ${corrections}`,
    );
  }
  const settings = { corrections, maxTokens, ...(temperature !== undefined && { temperature }) };
  return {
    name: "predict",
    signature,
    describe: () => ({ strategy: "predict", signature: signature.digest, ...settings }),
    forecast: () => ({
      calls: { least: 1, most: 1 + corrections },
      outputTokens: (1 + corrections) * maxTokens,
    }),
    run: (input, scope) => askAndCorrect(signature, input, scope, settings),
  };
}

interface Settings {
  corrections: number;
  maxTokens: number;
  temperature?: number;
}

async function askAndCorrect<I, O>(
  signature: Signature<I, O>,
  input: I,
  scope: Scope,
  settings: Settings,
): Promise<Prediction<O>> {
  let messages = render(signature, input as Record<string, unknown>, scope);
  const calls: Call[] = [];
  for (let turn = 0;; turn++) {
    const path = turn === 0 ? scope.path : [...scope.path, `correction ${turn}`];
    const call = await scope.model.generate(requestOf(signature, messages, scope, settings), {
      path,
      ...(scope.signal && { signal: scope.signal }),
    });
    calls.push(call);
    const diagnostics = turn === 0 ? {} : { corrections: turn };
    if (!call.result.ok) {
      const { kind, message } = call.result.fault;
      return { status: "failed", failure: { kind, message }, diagnostics, calls };
    }
    const parsed = parseReply(signature, call.result.reply);
    scope.onStep?.({ signature, input: input as Record<string, unknown>, path, parsed });
    if (parsed.status === "ok") return { status: "ok", output: parsed.output, diagnostics, calls };
    if (parsed.status !== "format" || turn >= settings.corrections) {
      return { status: "failed", failure: failureOf(parsed), diagnostics, calls };
    }
    messages = [...messages, ...renderCorrection(call.result.reply.text ?? "", parsed)];
  }
}

/** Renders a call with what the strategies round it have laid into the scope, none of which may tell of the case itself. */
function render<I, O>(
  signature: Signature<I, O>,
  input: Readonly<Record<string, unknown>>,
  { prompts, demos, context = [], case: under }: Scope,
): Message[] {
  const examples = demos?.[signature.name] ?? [];
  if (under) checkNoLeak(under, examples, context);
  const instructions = prompts?.[signature.name] ?? signature.instructions;
  return renderMessages(signature, input, { instructions, demos: examples, context });
}

function requestOf<I, O>(
  signature: Signature<I, O>,
  messages: readonly Message[],
  { rollout, seed }: Scope,
  { maxTokens, temperature }: Settings,
): ModelRequest {
  return {
    messages,
    schema: { name: signature.name, schema: signature.jsonSchema },
    maxTokens,
    ...(temperature !== undefined && { temperature }),
    rollout,
    seed,
  };
}

function failureOf(parsed: Exclude<ParsedReply<unknown>, { status: "ok" }>) {
  if (parsed.status === "format") return { kind: parsed.status, message: parsed.reason, path: parsed.path };
  return { kind: parsed.status, message: parsed.reason };
}
