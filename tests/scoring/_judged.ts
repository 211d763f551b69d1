import { compatible } from "@lib/model/mod.ts";
import { compare, inlineInstructions, signature } from "@lib/signature/mod.ts";
import { z } from "zod";
import { type ChatRequest, lastUserText } from "../servers/chat_server.ts";

export const RUBRIC = inlineInstructions("Pass if the reply is kind.");

/** A task whose only output is judged. */
export const Reply = signature({
  name: "reply",
  instructions: "Answer the mail.",
  input: { policy: z.string(), mail: z.string() },
  output: { reply: compare(z.string().nullable(), { by: "judge", judge: "kind" }) },
});

export const CASE = Object.freeze({
  id: "c1",
  input: Object.freeze({ policy: "No returns.", mail: "Can I return it?" }),
  expected: Object.freeze({ reply: "Sorry, no." }),
});

/** A model of a judge at a server. */
export function modelAt({ baseUrl }: { baseUrl: string }, name = "judge-model") {
  return compatible(name, { baseUrl });
}

/** Reply of a judge. */
export function says(verdict: string, reason = "Because."): string {
  return JSON.stringify({ reason, verdict });
}

/** What stands in a tag of the last user message. */
export function shownIn(request: ChatRequest, name: string): string | undefined {
  return new RegExp(`<${name}>\n([^]*?)\n</${name}>`).exec(lastUserText(request))?.[1];
}
