import { digest } from "@lib/io/mod.ts";
import {
  type CaseContext,
  compiled,
  type CompiledArtifact,
  type Corpus,
  corpusOf,
  predict,
  type Program,
  workflow,
} from "@lib/program/mod.ts";
import { percent, signature } from "@lib/signature/mod.ts";
import { z } from "zod";
import { type ChatRequest, type ChatServer, startChatServer } from "../servers/chat_server.ts";

/** What is asked of a ticket; the strategies of several tests are about it. */
export const Refund = signature({
  name: "refund",
  instructions: "Decide on the refund.",
  input: { ticket: z.string() },
  output: { reason: z.enum(["late", "broken"]), share: percent() },
});

/** A program that answers {@linkcode Refund}. */
export type RefundProgram = Program<{ ticket: string }, { reason: "late" | "broken"; share: number }>;

export const Reason = signature({
  name: "reason",
  instructions: "Name the reason.",
  input: { ticket: z.string() },
  output: { reason: z.enum(["late", "broken"]) },
});

export const Share = signature({
  name: "share",
  instructions: "Name the share.",
  input: { ticket: z.string(), reason: z.enum(["late", "broken"]) },
  output: { share: percent() },
});

export const INPUT = Object.freeze({ ticket: "The parcel came five days late." });

/** One call, with at most one correction. */
export const once: RefundProgram = predict(Refund);

/** A reason, then a share for it. */
export const assess = workflow("assess", {
  signature: Refund,
  calls: { reason: predict(Reason), share: predict(Share) },
  body: async ({ ticket }, call) => {
    const { reason } = await call("reason", { ticket });
    const { share } = await call("share", { ticket, reason });
    return { reason, share };
  },
});

/** Solved cases, none of them like {@linkcode INPUT}. */
export const corpus: Corpus = corpusOf({
  signature: Refund,
  from: "cases",
  cases: [
    { id: "a", input: { ticket: "late by a week" }, expected: { reason: "late", share: 10 } },
    { id: "b", input: { ticket: "the lid came in two pieces" }, expected: { reason: "broken", share: 100 } },
    { id: "c", input: { ticket: "no parcel for five days" }, expected: { reason: "late", share: 10 } },
  ],
});

/** The case under test, the second of its session. */
export const UNDER: CaseContext = {
  id: "x",
  input: INPUT,
  session: "s",
  state: { tier: "gold" },
  earlier: [{ id: "w", input: { ticket: "Where is it?" }, expected: { reason: "late", share: 5 } }],
};

/** A program with one example and instructions of its own. */
export function withExample(program: RefundProgram): RefundProgram {
  const artifact: CompiledArtifact = {
    format: "assay-compiled/1",
    digest: "an example and instructions",
    variant: "refund",
    digests: { signature: Refund.digest, program: digest(program.describe()) },
    instructions: { refund: "Decide as in the examples." },
    demos: {
      refund: [{
        from: "labelled",
        case: { id: "z" },
        input: { ticket: "a dented pot" },
        output: { reason: "broken", share: 50 },
      }],
    },
  };
  return compiled(program, artifact);
}

/** A server that answers every request at once, always alike, so that nothing has to be asked again. */
export function serveWell(): Promise<ChatServer> {
  return startChatServer({
    respond: (request) => ({ kind: "reply", content: answerTo(request, "late", 10) }),
  });
}

/**
 * A server that makes every program ask as often as it may: it writes prose until it is corrected for the last time,
 * and then answers something else each time, never what a check or a reward wants.
 *
 * @param corrections Turns in which a program corrects it.
 */
export function serveBadly(corrections = 1): Promise<ChatServer> {
  let answers = 0;
  return startChatServer({
    respond: (request) => {
      const corrected = request.body.messages.filter(({ content }) =>
        String(content).includes("Reply again")
      );
      if (corrected.length < corrections) return { kind: "reply", content: "Let me see." };
      const answer = answers++;
      const share = [5, 35, 65, 95][answer % 4] ?? 0;
      return { kind: "reply", content: answerTo(request, answer % 2 ? "late" : "broken", share) };
    },
  });
}

/** A reply with every field that a request's schema asks for. */
export function answerTo({ body }: ChatRequest, reason: string, share: number): string {
  const schema = body.response_format?.type === "json_schema" ? body.response_format.json_schema.schema : {};
  const values: Record<string, unknown> = { reasoning: "It says so.", reason, share };
  const names = Object.keys(schema?.properties ?? {});
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, values[name]])));
}

/** Token limits of the requests that a server got, in order. */
export function limitsOf(server: ChatServer): number[] {
  return server.requests().map(({ body }) => Number(body.max_tokens));
}
