import type { Case } from "@lib/dataset/mod.ts";
import type { CompatibleOptions } from "@lib/model/mod.ts";
import type { Candidate, OptimizeSetting, Scorer } from "@lib/optimize/mod.ts";
import { predict, type Program } from "@lib/program/mod.ts";
import { scoreCase } from "@lib/scoring/mod.ts";
import { signature } from "@lib/signature/mod.ts";
import { z } from "zod";
import {
  type Behaviour,
  type ChatRequest,
  type ChatServer,
  startChatServer,
} from "../servers/chat_server.ts";
import { scopeAt } from "../program/_scope.ts";

/** What is asked of a thing, by its name. */
export const Colour = signature({
  name: "colour",
  instructions: "Name the colour of the thing.",
  input: { thing: z.string().describe("A thing") },
  output: {
    colour: z.enum(["red", "green", "blue"]).describe("Its colour"),
    warm: z.boolean().describe("Whether the colour is warm"),
  },
});

/** The program that most tests compile. */
export const plain = predict(Colour, { corrections: 0 });

const TRUTHS = { red: { colour: "red", warm: true }, blue: { colour: "blue", warm: false } };

/** A case whose id says its thing; things with an even number are red, others blue. */
export function caseOf(number: number, split: Case["split"], changes: Partial<Case> = {}): Case {
  return {
    id: `t${number}`,
    input: { thing: thingOf(number) },
    expected: truthOf(number),
    coverage: "common",
    split,
    origin: "authored",
    line: number + 1,
    ...changes,
  };
}

/** Cases of one split by their numbers. */
export function casesOf(split: Case["split"], from: number, to: number): Case[] {
  return Array.from({ length: to - from }, (_, index) => caseOf(from + index, split));
}

/** A thing that is no near-duplicate of another one. */
export function thingOf(number: number): string {
  return `thing${number}`;
}

/** The truth of a thing. */
export function truthOf(number: number): Record<string, unknown> {
  return number % 2 === 0 ? TRUTHS.red : TRUTHS.blue;
}

/** A wrong answer to a thing. */
export function wrongOf(number: number): Record<string, unknown> {
  return number % 2 === 0 ? TRUTHS.blue : TRUTHS.red;
}

/** Number of the thing that a request asks about. */
export function numberIn({ body }: ChatRequest): number {
  return Number(/thing(\d+)/.exec(String(body.messages?.at(-1)?.content))?.[1] ?? NaN);
}

/** Numbers of the things in the examples of a request. */
export function shownIn({ body }: ChatRequest): number[] {
  const users = (body.messages ?? []).slice(1, -1).filter(({ role }) => role === "user");
  return users.map(({ content }) => Number(/thing(\d+)/.exec(String(content))?.[1] ?? NaN));
}

/** A reply with some content; its usage counts a token for each example of the request, where that is given. */
export function reply(output: unknown, request?: ChatRequest): Behaviour {
  const content = typeof output === "string" ? output : JSON.stringify(output);
  const tokens = 10 + (request ? shownIn(request).length : 0);
  const usage = { prompt_tokens: tokens, completion_tokens: 1, total_tokens: tokens + 1 };
  return { kind: "reply", content, usage };
}

/** A server that answers by the number of the thing. */
export function answeringBy(
  answer: (number: number, request: ChatRequest) => Behaviour,
): Promise<ChatServer> {
  return startChatServer({ respond: (request) => answer(numberIn(request), request) });
}

/** Scores by the fields of {@linkcode Colour}, or of another program's signature. */
export function scorerOf(program: Pick<Program, "signature"> = plain): Scorer {
  return {
    score: ({ input, expected }, prediction) =>
      Promise.resolve({ score: scoreCase(program.signature, { input, expected, prediction }), calls: [] }),
  };
}

/** A setting at a server: 6 train, 4 dev and 2 test cases unless said otherwise. */
export function settingAt(
  server: { baseUrl: string },
  changes: Partial<OptimizeSetting> = {},
  spec: Omit<CompatibleOptions, "baseUrl"> = {},
): OptimizeSetting & AsyncDisposable {
  const scope = scopeAt(server, {}, { spec: { concurrency: 2, ...spec } });
  const { model, open } = scope;
  return {
    program: plain,
    train: casesOf("train", 0, 6),
    dev: casesOf("dev", 6, 10),
    test: casesOf("test", 10, 12),
    scope: { model, open },
    scorer: scorerOf(changes.program),
    ...changes,
    [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
  };
}

/** Ids of the cases that the examples of a candidate come from, by signature name. */
export function idsOf({ demos }: Pick<Candidate, "demos">): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(demos).map(([name, list]) => [name, list.map((demo) => demo.case.id)]),
  );
}
