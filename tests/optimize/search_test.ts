import { InputError } from "@lib/io/mod.ts";
import { bootstrapSearch, optimize } from "@lib/optimize/mod.ts";
import { chainOfThought } from "@lib/program/mod.ts";
import assert from "node:assert/strict";
import type { ChatRequest } from "../servers/chat_server.ts";
import {
  answeringBy,
  casesOf,
  Colour,
  idsOf,
  numberIn,
  reply,
  settingAt,
  shownIn,
  truthOf,
  wrongOf,
} from "./_setting.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const DEV = casesOf("dev", 20, 32);
const TRAIN = casesOf("train", 0, 10);

/** Right where so many examples are shown; without any it is right on the training cases alone. */
const better = (from: number) => (number: number, request: ChatRequest) => {
  const shown = shownIn(request).length;
  const right = shown === 0 ? number < 20 : shown >= from;
  return reply(right ? truthOf(number) : wrongOf(number), request);
};

Deno.test("bootstrapSearch() measures every candidate on the same dev cases, and asks nothing of test cases", async () => {
  await using server = await answeringBy(better(1));
  await using setting = settingAt(server, { train: TRAIN, dev: DEV });
  const { trials, cost } = await optimize(bootstrapSearch(), setting);
  const names = ["baseline", "labelled", "set 1 of 4", "set 2 of 4", "set 3 of 2", "set 4 of 1"];
  assert.deepEqual(trials.map(({ candidate }) => candidate.name), names);
  for (const trial of trials) {
    assert.deepEqual(trial.runs.map((run) => run.case.id), DEV.map(({ id }) => id));
    assert(trial.complete);
  }
  // 6 candidates on 12 dev cases, the teacher on 10 train cases
  assert.equal(server.stats().total, 6 * 12 + 10);
  assert.equal(cost.calls, 82);
  const asked = new Set(server.requests().map(numberIn));
  assert([...asked].every((number) => number < 10 || number >= 20 && number < 32));
});

Deno.test("bootstrapSearch() shows only training cases, of as many as a set's size, differently drawn", async () => {
  await using server = await answeringBy(better(1));
  await using setting = settingAt(server, { train: TRAIN, dev: DEV });
  const { trials } = await optimize(bootstrapSearch(), setting);
  const sets = trials.map(({ candidate }) => idsOf(candidate).colour ?? []);
  assert.deepEqual(sets.map(({ length }) => length), [0, 4, 4, 4, 2, 1]);
  assert.equal(new Set(sets.map(String)).size, 6);
  const train = new Set(TRAIN.map(({ id }) => id));
  assert(sets.flat().every((id) => train.has(id)));
});

Deno.test("bootstrapSearch() takes the smallest set that is as good as the best, and keeps the numbers of all", async () => {
  await using server = await answeringBy(better(2));
  await using setting = settingAt(server, { train: TRAIN, dev: DEV });
  const { chosen, verdict, trials } = await optimize(bootstrapSearch(), setting);
  assert.equal(chosen?.name, "set 3 of 2");
  assert.deepEqual(trials.map(({ right }) => right), [0, 12, 12, 12, 12, 0]);
  assert.match(verdict, /12 newly right and 0 newly wrong of 12/);
});

Deno.test("bootstrapSearch() says that it cannot tell where a gain may be chance, and keeps the program", async () => {
  await using server = await answeringBy((number, request) =>
    reply(shownIn(request).length > 0 || number > 21 ? truthOf(number) : wrongOf(number))
  );
  await using setting = settingAt(server, { train: TRAIN, dev: DEV });
  const { chosen, verdict } = await optimize(bootstrapSearch(), setting);
  assert.equal(chosen?.name, "baseline");
  assert.match(verdict, /2 newly right and 0 newly wrong of 12.*cannot tell/);
});

Deno.test("bootstrapSearch() refuses to choose without a dev case, before a request", async () => {
  await using server = await answeringBy(better(1));
  await using setting = settingAt(server, { train: TRAIN, dev: [] });
  await assert.rejects(optimize(bootstrapSearch(), setting), (error) => {
    assert(error instanceof InputError);
    assert.match(error.message, /no case to choose by[\s\S]*split dev[\s\S]*test cases are none/);
    return true;
  });
  assert.equal(server.stats().total, 0);
});

Deno.test("bootstrapSearch() makes no candidate of truths for a chain of thought, and none twice", async () => {
  await using server = await answeringBy((number) =>
    reply({ reasoning: "seen", ...(number < 2 || number >= 20 ? truthOf(number) : wrongOf(number)) })
  );
  const program = chainOfThought(Colour, { corrections: 0 });
  await using setting = settingAt(server, { program, train: TRAIN, dev: DEV });
  const { trials, notes } = await optimize(bootstrapSearch(), setting);
  assert.deepEqual(notes, ["bootstrapped 2 of 10 training cases tried: 8 wrong"]);
  const sets = trials.map(({ candidate }) => JSON.stringify(candidate.demos));
  assert.equal(new Set(sets).size, sets.length);
  assert(!trials.some(({ candidate }) => candidate.name === "labelled"));
});

Deno.test("bootstrapSearch() ends with the best that was measured whole when a limit is reached", async () => {
  await using server = await answeringBy(better(1));
  // baseline 12, teacher 10, labelled 12: the third candidate is cut short
  await using setting = settingAt(server, { train: TRAIN, dev: DEV, limits: { maxCalls: 40 } });
  const { status, chosen, trials, cost } = await optimize(bootstrapSearch(), setting);
  assert.deepEqual([status, chosen?.name, cost.calls, server.stats().total], ["budget", "labelled", 40, 40]);
  assert.deepEqual(trials.map(({ complete }) => complete), [true, true, false]);
});

Deno.test("bootstrapSearch() counts what it spends in dollars, and ends by them", async () => {
  const price = {
    inputPerMillion: 0,
    cachedInputPerMillion: 0,
    outputPerMillion: 1e6,
    source: "made up",
    asOf: "now",
  };
  await using server = await answeringBy((number) => reply(truthOf(number))); // one output token, so one dollar
  await using setting = settingAt(server, { train: TRAIN, dev: DEV, limits: { budgetUsd: 20 } }, {
    price,
    concurrency: 1,
  });
  const { status, chosen, cost } = await optimize(bootstrapSearch(), setting);
  assert.deepEqual([status, chosen?.name], ["budget", "baseline"]);
  assert(cost.usd !== null && cost.usd >= 20 && cost.usd <= 22, `${cost.usd}`);
});
