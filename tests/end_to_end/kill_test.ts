import assert from "node:assert/strict";
import { join } from "node:path";
import { type ChatRequest, startChatServer } from "../servers/chat_server.ts";
import { onlyRun, runEval, startEval, temporaryFolder } from "./_command_line.ts";
import { answerNote, noteNumber, repeatOf, writeTask } from "./_made_up_task.ts";
import { identity, rawObservations, tally } from "./_raw_journal.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const PRICE = {
  inputPerMillion: 1,
  cachedInputPerMillion: 0.5,
  outputPerMillion: 4,
  source: "made up",
  asOf: "2026-01-01",
};
const CONCURRENCY = 4;
const KILLS = 10;

/** Seeded numbers from 0 to 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const turnOfTheLoop = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

/** What of a JSON document does not depend on the clock or on the run. */
function numbersOf(stdout: string): unknown {
  const { summary, spentUsd, status } = JSON.parse(stdout);
  const cells = summary.cells.map((cell: { latencyMs: { n: number } }) => ({
    ...cell,
    latencyMs: cell.latencyMs.n,
  }));
  return { status, cells, spent: Number(spentUsd.toFixed(9)) };
}

Deno.test("deno task eval loses and doubles nothing when it is killed ten times and resumed", async () => {
  const random = randomFrom(20_260_101);
  const seen = new Set<string>();
  const again: string[][] = [];
  let onArrival = () => {};
  const request = (arrived: ChatRequest) => `${noteNumber(arrived)} ${repeatOf(arrived)}`;
  await using server = await startChatServer({
    respond: (arrived) => {
      if (seen.has(request(arrived))) again.at(-1)?.push(request(arrived));
      seen.add(request(arrived));
      onArrival();
      return answerNote(arrived);
    },
  });
  await using folder = await temporaryFolder();
  const task = await writeTask(join(folder.path, "notes"), {
    cases: 200,
    models: [{ baseUrl: server.baseUrl, concurrency: CONCURRENCY, price: PRICE }],
  });
  const killed = { cwd: join(folder.path, "killed") };
  const undisturbed = { cwd: join(folder.path, "undisturbed") };
  await Promise.all([killed, undisturbed].map(({ cwd }) => Deno.mkdir(cwd)));

  let args = [task, "--live", "--format", "json"];
  for (let kill = 0; kill < KILLS; kill++) {
    const earlier = new Set(seen);
    again.push([]);
    const moment = { requests: 1 + Math.floor(random() * 24), turns: Math.floor(random() * 12) };
    const command = startEval(args, killed);
    const reached = Promise.withResolvers<void>();
    let arrivals = 0;
    onArrival = () => {
      if (++arrivals === moment.requests) reached.resolve();
    };
    await reached.promise;
    for (let turn = 0; turn < moment.turns; turn++) await turnOfTheLoop();
    command.kill("SIGKILL");
    assert.equal((await command.ended).code, 137);
    const repeated = (again.at(-1) ?? []).filter((key) => earlier.has(key));
    assert(repeated.length <= CONCURRENCY, `kill ${kill} cost ${repeated.length} requests: ${repeated}`);
    args = [task, "--resume", "--format", "json"];
  }
  onArrival = () => {};
  again.push([]);
  const last = await runEval(args, killed);
  assert.equal(last.code, 0, last.stderr);
  assert((again.at(-1) ?? []).length <= CONCURRENCY);

  const counts = tally((await rawObservations(await onlyRun(killed.cwd))).map(identity));
  assert.equal(Object.keys(counts).length, 200);
  assert(Object.values(counts).every((count) => count === 1));

  seen.clear();
  const whole = await runEval([task, "--live", "--format", "json"], undisturbed);
  assert.equal(whole.code, 0, whole.stderr);
  assert.deepEqual(numbersOf(last.stdout), numbersOf(whole.stdout));
});
