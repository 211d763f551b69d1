import { optimize, type OptimizeSetting, reflectiveInstructions } from "@lib/optimize/mod.ts";
import assert from "node:assert/strict";
import {
  type Behaviour,
  type ChatRequest,
  type ChatServer,
  startChatServer,
} from "../servers/chat_server.ts";
import { casesOf, numberIn, reply, settingAt, truthOf, wrongOf } from "./_setting.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** The message that a model which rewrites reads. */
function asked({ body }: ChatRequest): string {
  return String(body.messages?.at(-1)?.content);
}

const isRewriting = ({ body }: ChatRequest) => JSON.stringify(body.response_format).includes('"rewritten"');
const instructionsIn = ({ body }: ChatRequest) => String(body.messages?.[0]?.content);

/** A server that rewrites by a list, and answers by the instructions that it is given. */
function rewriting(
  rewritings: readonly (string | Behaviour)[],
  answer: (number: number, instructions: string) => Behaviour,
): Promise<ChatServer & { rewrites: ChatRequest[] }> {
  const rewrites: ChatRequest[] = [];
  return startChatServer({
    respond: (request) => {
      if (!isRewriting(request)) return answer(numberIn(request), instructionsIn(request));
      rewrites.push(request);
      const next = rewritings[rewrites.length - 1] ?? rewritings.at(-1) ?? "";
      return typeof next === "string" ? reply({ diagnosis: "It guesses.", rewritten: next }) : next;
    },
  }).then((server) => Object.assign(server, { rewrites }));
}

/** Right on a share of things: thing n is answered rightly when n modulo 10 is below the digit in the instructions. */
const byDigit = (number: number, instructions: string) =>
  reply(number % 10 < Number(/level (\d+)/.exec(instructions)?.[1] ?? 3) ? truthOf(number) : wrongOf(number));

const setting = (server: { baseUrl: string }, changes: Partial<OptimizeSetting> = {}) =>
  settingAt(server, { train: casesOf("train", 0, 10), dev: casesOf("dev", 20, 30), test: [], ...changes });

Deno.test("reflectiveInstructions() takes a rewriting that makes more dev cases right, and goes on from it", async () => {
  await using server = await rewriting(["be at level 5", "be at level 4", "be at level 9"], byDigit);
  await using given = setting(server);
  const { chosen, trials, notes, verdict, comparison } = await optimize(
    reflectiveInstructions({ proposals: 3 }),
    given,
  );
  assert.deepEqual(chosen?.instructions, { colour: "be at level 9" });
  assert.deepEqual(trials.map(({ candidate, right }) => [candidate.name, right]), [
    ["baseline", 3],
    ["proposal 1", 5],
    ["proposal 2", 4],
    ["proposal 3", 9],
  ]);
  assert.deepEqual(notes, [
    "proposal 1 for colour was taken: 5 of 10 right",
    "proposal 2 for colour was not taken: 4 of 10 other cases were right, 5 with the instructions as they are",
    "proposal 3 for colour was taken: 9 of 10 right",
  ]);
  assert.match(verdict, /more dev cases are right and no kind of failure is new/);
  assert.deepEqual([comparison?.onlyFirst, comparison?.onlySecond, comparison?.comparisons], [6, 0, 3]);
  // the second and third rewriting start from the first, and the third reads why the second was not taken
  assert.match(asked(server.rewrites[1]!), /<instructions>\nbe at level 5\n/);
  assert.match(
    asked(server.rewrites[2]!),
    /<instructions>\nbe at level 5\n[\s\S]*- 4 of 10 other cases were right/,
  );
});

Deno.test("reflectiveInstructions() shows failed training cases with their faults, so many, and no dev case", async () => {
  await using server = await rewriting(["be at level 3"], byDigit);
  await using given = setting(server);
  await optimize(reflectiveInstructions({ proposals: 2, failures: 3 }), given);
  for (const request of server.rewrites) {
    const message = asked(request);
    assert.equal(message.match(/^Case \d$/gm)?.length, 3);
    for (const [, number] of message.matchAll(/thing(\d+)/g)) {
      assert(Number(number) >= 3 && Number(number) < 10, `thing${number} is no failed training case`);
    }
    assert.match(message, /Fault in colour: wrong, got (blue|red), expected (red|blue)/);
    assert.match(message, /- colour \(one of: red, green, blue\): Its colour/);
  }
  assert.notEqual(
    asked(server.rewrites[0]!),
    asked(server.rewrites[1]!),
    "another sample of failures each time",
  );
});

Deno.test("reflectiveInstructions() takes nothing on equal counts, and nothing that fails in a new way", async () => {
  await using server = await rewriting(
    ["be at level 3 again", "be at level 8 or worse"],
    (number, instructions) =>
      instructions.includes("worse") && number % 10 === 9 ? reply("no JSON") : byDigit(number, instructions),
  );
  await using given = setting(server);
  const { chosen, notes, verdict } = await optimize(reflectiveInstructions({ proposals: 2 }), given);
  assert.equal(chosen?.name, "baseline");
  assert.match(notes[0] ?? "", /not taken: 3 of 10 other cases were right, 3 with/);
  assert.match(notes[1] ?? "", /not taken: 8 of 10 .*; but answers failed in a new way: format/);
  assert.match(verdict, /none was$/);
});

Deno.test("reflectiveInstructions() refuses before a dev run what quotes a case, is empty, the same or too long", async () => {
  const rewritings = [
    "thing25 of the third box on the left side is red, so say red",
    " ",
    "Name the colour of the thing.",
    "x".repeat(501),
    { kind: "reply", content: "no JSON" } as const,
    { kind: "reply", content: "no JSON either" } as const,
    "be at level 4",
  ];
  await using server = await rewriting(rewritings, byDigit);
  const dev = casesOf("dev", 20, 30).map((entry) => ({
    ...entry,
    input: {
      thing: `${String(entry.input.thing)} of the ${
        entry.id === "t25" ? "third" : "other"
      } box on the left side`,
    },
  }));
  await using given = setting(server, { dev });
  const { notes, trials } = await optimize(
    reflectiveInstructions({ proposals: 5, maxCharacters: 500 }),
    given,
  );
  assert.deepEqual(notes.map((note) => note.replace(/^proposal \d for colour was not taken: /, "")), [
    "the instructions repeated the text of a case: state general rules",
    "the instructions were empty",
    "the instructions were the same as before",
    "the instructions had 501 characters, at most 500 are taken",
    "the reply was not usable: no JSON object in the reply",
  ]);
  assert.equal(trials.length, 1, "none was measured");
  const feedback = server.rewrites.slice(1).map(asked).join("\n");
  assert.match(feedback, /- the instructions repeated the text of a case/);
  assert(!feedback.includes("thing25") && !feedback.includes("t25"), "which dev case it was is not told");
});

Deno.test("reflectiveInstructions() has another model rewrite where it is told to", async () => {
  await using writer = await rewriting(["be at level 6"], byDigit);
  await using server = await rewriting([], byDigit);
  await using other = setting(writer);
  await using given = setting(server, { reflection: other.scope.model });
  const { chosen } = await optimize(reflectiveInstructions({ proposals: 1 }), given);
  assert.deepEqual(chosen?.instructions, { colour: "be at level 6" });
  assert.deepEqual([writer.stats().total, server.rewrites.length], [1, 0]);
});

Deno.test("reflectiveInstructions() learns nothing from faults of the infrastructure, and nothing where all is right", async () => {
  await using server = await rewriting(
    ["x"],
    (number) => number < 10 && number % 2 === 0 ? { kind: "status", status: 400 } : reply(truthOf(number)),
  );
  await using given = setting(server);
  const { chosen, notes } = await optimize(reflectiveInstructions(), given);
  assert.deepEqual([chosen?.name, notes], ["baseline", [
    "no train case fails: there is nothing to learn from",
  ]]);
  assert.equal(server.rewrites.length, 0);
});

Deno.test("reflectiveInstructions() keeps the best so far when a limit is reached", async () => {
  await using server = await rewriting(["be at level 5", "be at level 9"], byDigit);
  // baseline 10, train 10, a rewriting of at most 2, dev 10, train 10, a rewriting, dev cut short
  await using given = setting(server, { limits: { maxCalls: 48 } });
  const { status, chosen, trials } = await optimize(reflectiveInstructions(), given);
  assert.deepEqual([status, chosen?.instructions], ["budget", { colour: "be at level 5" }]);
  assert.deepEqual(trials.map(({ complete }) => complete), [true, true, false]);
  assert(server.stats().total <= 48);
});

Deno.test("reflectiveInstructions() repeats the same proposals from its seed, and asks others with another one", async () => {
  const requests: string[][] = [];
  for (const seed of [1, 1, 2]) {
    await using server = await rewriting(["be at level 3"], byDigit);
    await using given = setting(server, { seed });
    await optimize(reflectiveInstructions({ proposals: 2 }), given);
    requests.push(server.rewrites.map(({ text }) => text));
  }
  assert.deepEqual(requests[1], requests[0]);
  assert.notDeepEqual(requests[2], requests[0]);
});
