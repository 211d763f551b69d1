import type OpenAI from "openai";

/** One chat completion request as it arrived. */
export interface ChatRequest {
  /** Running number of the request since the server started, from 1. */
  readonly number: number;
  /** Arrival of the last body byte, in ms of `performance.now()`. */
  readonly receivedAtMs: number;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Body as sent, also when it is not JSON. */
  readonly text: string;
  /** Parsed body; `{}` when it is not a JSON object. */
  readonly body: OpenAI.ChatCompletionCreateParamsNonStreaming;
}

/** An answer that a healthy endpoint gives. */
export interface Reply {
  readonly kind: "reply";
  readonly content: string | null;
  /** @default {"stop"} */
  readonly finishReason?: string;
  /** @default {null} */
  readonly refusal?: string | null;
  /** `null` leaves the usage out. @default {DEFAULT_USAGE} */
  readonly usage?: OpenAI.CompletionUsage | null;
  /** Wait before the first byte, in ms. @default {0} */
  readonly delayMs?: number;
  /**
   * Contents of all choices, given the number of choices that the request asks for (its `n`, or 1).
   * Without it each choice repeats `content`.
   */
  choices?(n: number): readonly (string | null)[];
}

/** A bare HTTP status, by default with an OpenAI error body. */
export interface StatusAnswer {
  readonly kind: "status";
  readonly status: number;
  /** Text goes out as it is, an object as JSON. */
  readonly body?: string | Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** @default {"application/json"} */
  readonly contentType?: string;
}

/** What the server does with one request. */
export type Behaviour =
  | Reply
  | StatusAnswer
  /** Resets the TCP connection (RST) after the request, after the reply's headers, or after half of its body. */
  | { readonly kind: "reset"; readonly after: "request" | "headers" | "middle of body" }
  /** A valid reply whose first byte comes after `ms`. */
  | { readonly kind: "slow_headers"; readonly ms: number }
  /** A valid reply: headers at once, the body in pieces spread over `ms`. */
  | { readonly kind: "slow_body"; readonly ms: number }
  /** The page of a proxy in front of the endpoint. */
  | { readonly kind: "html"; readonly status: number }
  | { readonly kind: "empty_choices" }
  | { readonly kind: "null_content" }
  | { readonly kind: "refusal"; readonly text: string }
  /** A reply cut by the token limit: finish reason `length`. */
  | { readonly kind: "length"; readonly content: string }
  /** A valid reply whose body has exactly `bytes` bytes. */
  | { readonly kind: "huge"; readonly bytes: number }
  /** A reply whose content holds bytes that are not UTF-8. */
  | { readonly kind: "broken_utf8" }
  /** A `text/event-stream` answer to a request that asked for JSON. */
  | { readonly kind: "sse"; readonly content: string }
  /** Never answers. */
  | { readonly kind: "hang" }
  /** An error whose message repeats the Authorization header. @default status {401} */
  | { readonly kind: "echo_auth"; readonly status?: 400 | 401 };

/**
 * Text of the last user message; parts that are not text are skipped.
 *
 * @param request A recorded or arriving request.
 * @returns The text, or `""` where no user message is.
 * @example Usage
 * ```ts
 * import { type ChatRequest, lastUserText } from "./behaviour.ts";
 * import assert from "node:assert/strict";
 *
 * const body: ChatRequest["body"] = { model: "m", messages: [{ role: "user", content: "Capital of France?" }] };
 * assert.equal(lastUserText({ number: 1, receivedAtMs: 0, headers: {}, text: "", body }), "Capital of France?");
 * ```
 */
export function lastUserText(request: ChatRequest): string {
  const message = request.body.messages?.findLast((candidate) => candidate.role === "user");
  if (message === undefined) return "";
  if (typeof message.content === "string") return message.content;
  return message.content.map((part) => part.type === "text" ? part.text : "").join("");
}
