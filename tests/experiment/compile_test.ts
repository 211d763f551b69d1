import {
  type CompileOptions,
  compileTask,
  experiment,
  type ExperimentDefinition,
  openTask,
} from "@lib/experiment/mod.ts";
import { InputError } from "@lib/io/mod.ts";
import { compatible } from "@lib/model/mod.ts";
import { bootstrapFewShot } from "@lib/optimize/mod.ts";
import { predict, priorOutputs, selfContext } from "@lib/program/mod.ts";
import { judge } from "@lib/scoring/mod.ts";
import { compare, inlineInstructions, signature } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { z } from "zod";
import { temporaryFolder } from "../end_to_end/_command_line.ts";
import { type ChatRequest, type ChatServer, lastUserText, startChatServer } from "../servers/chat_server.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const Colour = signature({
  name: "colour",
  instructions: "Name the colour.",
  input: { thing: z.string() },
  output: { colour: z.string() },
});

const numberIn = (request: ChatRequest) =>
  Number(/thing(\d+)\n<\/thing>$/.exec(lastUserText(request))?.[1] ?? NaN);
const colourOf = (number: number) => `colour${number}`;

/** A server that knows every colour, puts some text behind it, and passes every judgement. */
function knowing(behind = ""): Promise<ChatServer> {
  return startChatServer({
    answer: (request) =>
      JSON.stringify(request.body.response_format).includes('"verdict"')
        ? JSON.stringify({ reason: "It is.", verdict: "pass" })
        : JSON.stringify({ colour: colourOf(numberIn(request)) + behind }),
  });
}

/** Four train and four dev cases, the dev ones in two sessions. */
const CSV = [
  "id,thing,colour,session,split",
  ...[0, 1, 2, 3].map((n) => `t${n},thing${n},${colourOf(n)},,train`),
  ...[4, 5, 6, 7].map((n) => `t${n},thing${n},${colourOf(n)},${n < 6 ? "first" : "second"},dev`),
].join("\n");

async function compile(
  server: ChatServer,
  definition: Partial<ExperimentDefinition> = {},
  options: Partial<CompileOptions> = {},
) {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(join(folder.path, "cases.csv"), `${CSV}\n`);
  const made = experiment({
    name: "colours",
    dataset: "./cases.csv",
    variants: { predict: predict(Colour, { corrections: 0 }) },
    models: [compatible("small", { baseUrl: server.baseUrl, concurrency: 2 })],
    ...definition,
  });
  const task = await openTask(made, folder.path);
  const stateFolder = join(folder.path, "state");
  const optimizer = bootstrapFewShot();
  return {
    made,
    task,
    ...await compileTask(task, { optimizer, variant: "predict", stateFolder, ...options }),
  };
}

Deno.test("compileTask() makes an artifact of the task's digests, its seed and the day", async () => {
  await using server = await knowing();
  const now = new Date("2026-03-04T05:06:07Z");
  const { artifact, task } = await compile(server, {}, { seed: 3, now });
  assert(artifact);
  assert.deepEqual([artifact.createdAt, artifact.seed, artifact.task], ["2026-03-04", 3, "colours"]);
  assert.deepEqual([artifact.variant, artifact.prompt, artifact.cases], ["predict", "inline", {
    train: 4,
    dev: 4,
  }]);
  assert.equal(artifact.digests.dataset, task.dataset.digest);
  assert.equal(artifact.digests.signature, Colour.digest);
  for (const digest of Object.values(artifact.digests)) assert.match(digest, /^[0-9a-f]{64}$/);
});

Deno.test("compileTask() runs the prompt that it is told to, and learns under it", async () => {
  await using server = await knowing();
  const prompts = { one: inlineInstructions("Be brief."), two: inlineInstructions("Be long.") };
  const { artifact } = await compile(server, { prompts }, { prompt: "two" });
  assert.equal(artifact?.prompt, "two");
  assert(server.requests().every(({ body }) => String(body.messages[0]?.content).startsWith("Be long.\n")));
});

Deno.test("compileTask() has another model answer the train cases alone", async () => {
  await using server = await knowing();
  const { artifact } = await compile(server, {}, { teacher: `${server.baseUrl}#large` });
  assert.equal(artifact?.teacher, `${server.baseUrl}#large`);
  const byModel = Map.groupBy(server.requests(), ({ body }) => body.model);
  assert.deepEqual(byModel.get("large")?.map(numberIn).toSorted(), [0, 1, 2, 3]);
  assert.deepEqual(new Set(byModel.get("small")?.map(numberIn)), new Set([4, 5, 6, 7]));
});

Deno.test("compileTask() runs the cases of a session in order, each shown what came before", async () => {
  await using server = await knowing();
  const program = selfContext(predict(Colour, { corrections: 0 }), { sources: [priorOutputs()] });
  await compile(server, { variants: { predict: program } });
  for (const request of server.requests()) {
    const number = numberIn(request);
    const seen = lastUserText(request).includes(`answered: {"colour":"${colourOf(number - 1)}"}`);
    assert.equal(seen, number === 5 || number === 7, `thing${number}`);
  }
});

Deno.test("compileTask() scores by checks and judges as a run does, and counts what judges cost", async () => {
  await using server = await knowing(" or so");
  const Judged = signature({
    name: "colour",
    instructions: "Name the colour.",
    input: { thing: z.string() },
    output: { colour: compare(z.string(), { by: "judge", judge: "apt" }) },
  });
  const models = [compatible("judge", { baseUrl: server.baseUrl })];
  const { optimized } = await compile(server, {
    variants: { predict: predict(Judged, { corrections: 0 }) },
    judges: {
      apt: judge(Judged, { field: "colour", rubric: inlineInstructions("Pass what fits."), models }),
    },
    checks: { colour: (value: unknown) => value === `${colourOf(4)} or so` ? "never four" : undefined },
  }, { maxCalls: 200 });
  assert.deepEqual(optimized.trials.map(({ right }) => right), [3, 3]);
  const judged = server.requests().filter(({ body }) => body.model === "judge").length;
  // eight dev and four train answers, two of which break the rule; the same answer is judged once and stored
  assert.equal(optimized.cost.calls, 12 + 10);
  assert.equal(judged, 7);
});

Deno.test("compileTask() refuses a variant that asks no model", async () => {
  await using server = await knowing();
  const silent = {
    ...predict(Colour),
    name: "fixed",
    forecast: () => ({ calls: { least: 0, most: 0 }, outputTokens: 0 }),
  };
  await assert.rejects(compile(server, { variants: { predict: silent } }), (error) => {
    assert(error instanceof InputError);
    assert.match(error.message, /asks no model cannot be compiled/);
    return true;
  });
});
