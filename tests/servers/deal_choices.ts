import type { ChatRequest, Reply } from "./behaviour.ts";

/** Tokens of a reply: these many for the prompt, and those for each choice. */
export const PROMPT_TOKENS = 100;
export const CHOICE_TOKENS = 10;

/**
 * Makes an endpoint deal texts out, one a choice, from the first on and the last one for ever; its usage counts all
 * choices of a request.
 *
 * @param texts At least one.
 * @param most Most choices in a reply, whatever `n` asks for: 1 is an endpoint that ignores it. @default {Infinity}
 * @example Usage
 * ```ts
 * import { startChatServer } from "./chat_server.ts";
 * import { dealChoices } from "./deal_choices.ts";
 * import assert from "node:assert/strict";
 *
 * await using server = await startChatServer({ respond: dealChoices(["a", "b"]) });
 * const body = JSON.stringify({ model: "m", n: 3, messages: [{ role: "user", content: "?" }] });
 * const reply = await (await fetch(`${server.baseUrl}/chat/completions`, { method: "POST", body })).json();
 * assert.deepEqual(reply.choices.map(({ message }: { message: { content: string } }) => message.content), ["a", "b", "b"]);
 * assert.equal(reply.usage.completion_tokens, 30);
 * ```
 */
export function dealChoices(texts: readonly string[], most = Infinity): (request: ChatRequest) => Reply {
  let dealt = 0;
  return ({ body }) => {
    const count = Math.min(body.n ?? 1, most);
    const contents = Array.from({ length: count }, () => texts[Math.min(dealt++, texts.length - 1)] ?? null);
    const usage = { prompt_tokens: PROMPT_TOKENS, completion_tokens: CHOICE_TOKENS * count };
    const total_tokens = usage.prompt_tokens + usage.completion_tokens;
    return { kind: "reply", content: null, choices: () => contents, usage: { ...usage, total_tokens } };
  };
}
