import {
  compatible,
  type CompatibleOptions,
  createEndpoints,
  openModel,
  type OpenModelOptions,
} from "@lib/model/mod.ts";
import type { Scope } from "@lib/program/mod.ts";
import { signature } from "@lib/signature/mod.ts";
import { z } from "zod";
import { type Behaviour, type ChatServer, startChatServer } from "../servers/chat_server.ts";

export const Capital = signature({
  name: "capital",
  instructions: "Name the capital.",
  input: { country: z.string().describe("A country") },
  output: {
    continent: z.enum(["europe", "asia"]).describe("Where it is"),
    city: z.string().describe("Its capital"),
  },
});

export const FRANCE = Object.freeze({ country: "France" });
export const PARIS = { continent: "europe", city: "Paris" } as const;
export const PARIS_TEXT = JSON.stringify(PARIS);

/** A server that gives each answer in turn, and `last` from then on. */
export function answering(
  answers: readonly (string | Behaviour)[],
  last: string | Behaviour = PARIS_TEXT,
): Promise<ChatServer> {
  return startChatServer({
    respond: (_request, n) => {
      const answer = answers[n - 1] ?? last;
      return typeof answer === "string" ? { kind: "reply", content: answer } : answer;
    },
  });
}

/** A scope whose model is at a server; other models are opened with the same endpoints. */
export type ServedScope = Scope & AsyncDisposable;

/** Makes the scope of a run at a server: live, without repeats, under the path `case`. */
export function scopeAt(
  server: { baseUrl: string },
  changes: Partial<Scope> = {},
  options: { spec?: Omit<CompatibleOptions, "baseUrl">; model?: Partial<OpenModelOptions> } = {},
): ServedScope {
  const endpoints = createEndpoints();
  const open = (spec: Parameters<typeof openModel>[0]) =>
    openModel(spec, { mode: "live", policy: { retries: 0 }, endpoints, ...options.model });
  return {
    model: open(compatible("test-model", { ...options.spec, baseUrl: server.baseUrl })),
    open,
    rollout: 0,
    seed: 1,
    path: ["case"],
    ...changes,
    [Symbol.asyncDispose]: () => endpoints.close(),
  };
}
