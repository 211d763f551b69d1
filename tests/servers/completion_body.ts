import type OpenAI from "openai";

/** Usage of every reply that does not set its own. */
export const DEFAULT_USAGE: OpenAI.CompletionUsage = {
  prompt_tokens: 120,
  completion_tokens: 12,
  total_tokens: 132,
  prompt_tokens_details: { cached_tokens: 64 },
  completion_tokens_details: { reasoning_tokens: 4 },
};

/** Content of every reply when nothing else is asked for. */
export const DEFAULT_ANSWER = '{"answer":"Paris"}';

/** Parts of a completion body that differ between replies. */
export interface CompletionParts {
  /** Running number of the request; becomes part of the id. */
  readonly number: number;
  readonly model: string;
  readonly contents: readonly (string | null)[];
  /** @default {"stop"} */
  readonly finishReason?: string;
  /** @default {null} */
  readonly refusal?: string | null;
  /** `null` leaves the usage out. @default {DEFAULT_USAGE} */
  readonly usage?: OpenAI.CompletionUsage | null;
}

/** JSON text of a chat completion. */
export function completionBody(parts: CompletionParts): string {
  const { number, model, contents, finishReason = "stop", refusal = null, usage = DEFAULT_USAGE } = parts;
  return JSON.stringify({
    id: `chatcmpl-${number}`,
    object: "chat.completion",
    created: 1_700_000_000,
    model,
    choices: contents.map((content, index) => ({
      index,
      message: { role: "assistant", content, refusal },
      logprobs: null,
      finish_reason: finishReason,
    })),
    ...(usage === null ? {} : { usage }),
  });
}

/** Text of an event stream that carries one reply. */
export function eventStreamBody(number: number, model: string, content: string): string {
  const event = (delta: Record<string, string>, finishReason: string | null) =>
    `data: ${
      JSON.stringify({
        id: `chatcmpl-${number}`,
        object: "chat.completion.chunk",
        created: 1_700_000_000,
        model,
        choices: [{ index: 0, delta, finish_reason: finishReason }],
      })
    }\n\n`;
  return event({ role: "assistant", content }, null) + event({}, "stop") + "data: [DONE]\n\n";
}

/** JSON text of an OpenAI error. */
export function errorBody(status: number, message: string): string {
  const type = status === 429
    ? "rate_limit_error"
    : status === 401 || status === 403
    ? "authentication_error"
    : status >= 500
    ? "server_error"
    : "invalid_request_error";
  return JSON.stringify({ error: { message, type, param: null, code: null } });
}
