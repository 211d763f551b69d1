import {
  evaluate,
  type EvaluateOptions,
  type Evaluation,
  experiment,
  openTask,
} from "@lib/experiment/mod.ts";
import { compatible } from "@lib/model/mod.ts";
import { predict } from "@lib/program/mod.ts";
import { compare, inlineInstructions, signature } from "@lib/signature/mod.ts";
import { join } from "node:path";
import { z } from "zod";
import { lastUserText, type Reply, startChatServer } from "../servers/chat_server.ts";

const Colour = signature({
  name: "colours",
  instructions: inlineInstructions("Name the colour of the thing and how many there are. ".repeat(4)),
  input: { text: z.string() },
  output: { colour: compare(z.string(), { by: "exact" }), count: z.number() },
});

const CASES = `id,text,colour,count
c1,one red brick,red,1
c2,two blue bricks,blue,2
c3,three green bricks,green,3
c4,four grey bricks,grey,4
`;

/** Model of which every answer is right, and whose price is known. */
const GOOD = "good-model";
/** Model that fails in three ways, and whose price is unknown. */
export const BAD = "bad-model";

/** A task of two cells, each of 4 cases x 2 repeats, with the server that answers it by model and case. */
export interface SmallTask extends AsyncDisposable {
  /** Makes a run, or goes on with one. */
  run(options?: EvaluateOptions): Promise<Evaluation>;
}

/** Makes the task in a state folder. */
export async function smallTask(stateFolder: string): Promise<SmallTask> {
  const server = await startChatServer({
    models: [GOOD, BAD],
    respond: (request) => {
      const right = answerTo(lastUserText(request));
      const reply = (content: string): Reply => ({ kind: "reply", content });
      if (!right || request.body.model === GOOD) return reply(JSON.stringify(right));
      if (right.count === 1) return { kind: "status", status: 500 };
      if (right.count === 2) return reply("no idea");
      return reply(JSON.stringify({ ...right, colour: right.count === 3 ? "pink" : right.colour }));
    },
  });
  const folder = join(stateFolder, "task");
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(join(folder, "cases.csv"), CASES);
  const perMillion = { inputPerMillion: 1, cachedInputPerMillion: 1, outputPerMillion: 2 };
  const price = { ...perMillion, source: "a test", asOf: "2026-11-24" };
  const { baseUrl } = server;
  const definition = experiment({
    name: "colours",
    dataset: "cases.csv",
    variants: { predict: predict(Colour, { corrections: 0 }) },
    models: [compatible(GOOD, { baseUrl, price }), compatible(BAD, { baseUrl })],
    repeats: 2,
  });
  const task = await openTask(definition, folder);
  const common: EvaluateOptions = {
    stateFolder,
    mode: "live",
    policy: { retries: 0 },
    codeCommit: Promise.resolve("0123456789ab+"),
  };
  return {
    run: (options) => evaluate(task, { ...common, ...options }),
    [Symbol.asyncDispose]: () =>
      server.close().catch((error) => {
        if (error.code !== "ECONNRESET") throw error; // an interrupted run hangs up on the request in flight
      }),
  };
}

function answerTo(text: string): { colour: string; count: number } | undefined {
  const [, word, colour] = /(one|two|three|four) (\w+) brick/.exec(text) ?? [];
  if (word === undefined || colour === undefined) return undefined;
  return { colour, count: ["one", "two", "three", "four"].indexOf(word) + 1 };
}
