import type { Case } from "@lib/dataset/mod.ts";
import { predict, type Program, workflow } from "@lib/program/mod.ts";
import { signature } from "@lib/signature/mod.ts";
import { z } from "zod";
import {
  type Behaviour,
  type ChatRequest,
  type ChatServer,
  startChatServer,
} from "../servers/chat_server.ts";
import { numberIn, reply, thingOf } from "./_setting.ts";

const thing = z.string().describe("A thing");
const kind = z.enum(["tool", "toy"]).describe("Its kind");
const size = z.enum(["small", "medium", "large"]).describe("Its size");

export const Kind = signature({ name: "kind", instructions: "Sort.", input: { thing }, output: { kind } });
export const Size = signature({
  name: "size",
  instructions: "Size.",
  input: { thing, kind },
  output: { size },
});
const Both = signature({ name: "both", instructions: "", input: { thing }, output: { kind, size } });

export const kindCall = predict(Kind, { corrections: 0 });
export const sizeCall = predict(Size, { corrections: 0 });

/** Sorts a thing, then sizes it. */
export const assess = workflow("assess", {
  signature: Both,
  calls: { kind: kindCall, size: sizeCall },
  body: async ({ thing }, call) => {
    const { kind } = await call("kind", { thing });
    return { kind, size: (await call("size", { thing, kind })).size };
  },
});

export const asProgram = (program: unknown): Program => program as Program;

/** Dev cases by their numbers; every thing is a small tool. */
export function devCases(from: number, to: number): Case[] {
  return Array.from({ length: to - from }, (_, index) => ({
    id: `t${from + index}`,
    input: { thing: thingOf(from + index) },
    expected: { kind: "tool", size: "small" },
    coverage: "common",
    split: "dev",
    origin: "authored",
    line: from + index + 1,
  }));
}

/** What a call of the workflow is asked. */
export interface Asked {
  /** Name of the signature. */
  call: string;
  number: number;
  rollout: number;
}

/** What a request asks; its wire seed is 1000003 + rollout. */
export function askedBy(request: ChatRequest): Asked {
  const { response_format: format, seed } = request.body;
  const call = format?.type === "json_schema" ? format.json_schema.name : "";
  return { call, number: numberIn(request), rollout: Number(seed) - 1_000_003 };
}

/**
 * The planted fault. The kind is always right but for thing 17, where it is always wrong. The size is unstable: the
 * first sample is wrong below thing 14, the fifth always, in another way; the other three are right.
 */
export function planted({ call, number, rollout }: Asked): Behaviour {
  if (call === "kind") return reply({ kind: number === 17 ? "toy" : "tool" });
  if (rollout === 0 && number < 14) return reply({ size: "medium" });
  return reply({ size: rollout === 4 ? "large" : "small" });
}

/** A server that answers by what is asked. */
export function answeringCalls(answer: (asked: Asked) => Behaviour = planted): Promise<ChatServer> {
  return startChatServer({ respond: (request) => answer(askedBy(request)) });
}
