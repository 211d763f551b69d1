import type OpenAI from "openai";
import type { Redactor } from "./redact.ts";
import type { AttemptResult } from "./retry.ts";
import type { Reply, Usage } from "./types.ts";

/** What a body came to: an attempt without its time. */
export type Read =
  | Omit<Extract<AttemptResult, { ok: true }>, "durationMs">
  | Omit<Extract<AttemptResult, { ok: false }>, "durationMs">;

/** Reads a chat completion, of which nothing is taken for granted: what an endpoint sends need not be what its types say. */
export function readCompletion(completion: OpenAI.Chat.ChatCompletion, redact: Redactor): Read {
  const choices: unknown = completion?.choices;
  const [first, ...further] = Array.isArray(choices) ? choices : [];
  const servedBy = [completion?.model, completion?.system_fingerprint].map(textOf).filter(Boolean).join(" ");
  const reply = readChoice(first, servedBy, redact);
  if (typeof reply === "string") {
    const message = `the reply is not a chat completion: ${reply}`;
    return { ok: false, fault: { kind: "protocol", message } };
  }
  const others = further.map((choice) => readChoice(choice, servedBy, redact))
    .filter((other) => typeof other !== "string"); // what cannot be read is missing, and asked for again
  return { ok: true, reply, ...(others.length > 0 && { others }), usage: readUsage(completion.usage) };
}

/** Reads one choice, or says what is wrong with it. */
function readChoice(
  choice: Partial<OpenAI.Chat.ChatCompletion.Choice> | null | undefined,
  servedBy: string,
  redact: Redactor,
): Reply | string {
  if (!choice?.message) return "no choice in it";
  const content: unknown = choice.message.content ?? null;
  if (typeof content !== "string" && content !== null) return "its content is no text";
  const refusal = textOf(choice.message.refusal);
  const finishReason = textOf(choice.finish_reason);
  return {
    text: content && redact.reply(content),
    finishReason: finishReason && redact.reply(finishReason),
    ...(refusal && { refusal: redact.reply(refusal) }),
    ...(servedBy && { servedBy: redact.reply(servedBy) }),
  };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function readUsage(usage: OpenAI.CompletionUsage | undefined | null): Usage | null {
  const inputTokens = countOf(usage?.prompt_tokens);
  const outputTokens = countOf(usage?.completion_tokens);
  if (inputTokens === undefined || outputTokens === undefined) return null;
  return {
    inputTokens,
    cachedTokens: countOf(usage?.prompt_tokens_details?.cached_tokens) ?? 0,
    outputTokens,
    reasoningTokens: countOf(usage?.completion_tokens_details?.reasoning_tokens) ?? 0,
  };
}

function countOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : undefined;
}
