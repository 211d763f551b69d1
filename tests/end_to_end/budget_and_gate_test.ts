import assert from "node:assert/strict";
import { join } from "node:path";
import { type Behaviour, type ChatRequest, startChatServer } from "../servers/chat_server.ts";
import { onlyRun, resumeCommand, runEval, temporaryFolder } from "./_command_line.ts";
import { answerNote, noteNumber, truthOf, writeTask } from "./_made_up_task.ts";
import { identity, rawObservations, tally } from "./_raw_journal.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** With 10 output tokens a reply, a request costs one cent. */
const CENT = {
  inputPerMillion: 0,
  cachedInputPerMillion: 0,
  outputPerMillion: 1000,
  source: "made up",
  asOf: "2026-01-01",
};
const TEN_TOKENS = { prompt_tokens: 5, completion_tokens: 10, total_tokens: 15 };
const right = (request: ChatRequest): Behaviour => ({
  kind: "reply",
  content: JSON.stringify(truthOf(noteNumber(request))),
  usage: TEN_TOKENS,
});
const wrong = (request: ChatRequest): Behaviour => ({
  kind: "reply",
  content: JSON.stringify({ ...truthOf(noteNumber(request)), kilos: -1 }),
  usage: TEN_TOKENS,
});

Deno.test("deno task eval ends with 4 once live calls have cost the budget, and goes on under a larger one", async () => {
  await using server = await startChatServer({ respond: right });
  await using folder = await temporaryFolder();
  const concurrency = 3;
  const task = await writeTask(join(folder.path, "notes"), {
    cases: 40,
    models: [{ baseUrl: server.baseUrl, concurrency, price: CENT }],
  });
  const first = await runEval([task, "--budget-usd", "0.10", "--live"], { cwd: folder.path });
  assert.equal(first.code, 4, first.stderr);
  const spent = server.stats().total;
  assert(spent >= 10 && spent <= 10 + concurrency - 1, `${spent} requests for a budget of 10`);
  assert.match(first.stdout, /^Calling live for 40 of 40 cases: .*about \$/);
  assert.match(
    first.stdout,
    new RegExp(`^budget: ${spent} of 40 observations; run .*; spent \\$0\\.1\\d$`, "m"),
  );
  assert.match(first.stderr, /^Go on with: deno task eval \S+ --resume \S+ --budget-usd 0\.2$/m);

  const again = await runEval([task, "--resume", "--budget-usd", "0.10"], { cwd: folder.path });
  assert.equal(again.code, 4, "what was spent before counts");
  assert.equal(server.stats().total, spent);

  const second = await runEval(resumeCommand(first), { cwd: folder.path });
  assert.equal(second.code, 4, second.stderr);
  const both = server.stats().total;
  assert(both >= 20 && both <= 20 + concurrency - 1, `${both} requests for a budget of 20`);

  const last = await runEval([task, "--resume"], { cwd: folder.path });
  assert.equal(last.code, 0, last.stderr);
  assert.equal(server.stats().total, 40);
  assert.match(last.stdout, /^complete: 40 of 40 observations; .*; spent \$0\.40$/m);

  const cached = await runEval([task, "--budget-usd", "0.01"], { cwd: folder.path });
  assert.equal(cached.code, 0, "replies from the cache cost nothing now");
  assert.equal(server.stats().total, 40);
});

Deno.test("deno task eval keeps the budget when a request with corrections costs several times", async () => {
  await using server = await startChatServer({
    respond: () => ({ kind: "reply", content: "no JSON", usage: TEN_TOKENS }),
  });
  await using folder = await temporaryFolder();
  const task = await writeTask(join(folder.path, "notes"), {
    models: [{ baseUrl: server.baseUrl, concurrency: 1, price: CENT }],
    variants: "predict: predict(Notes, { corrections: 2 })",
  });
  const { code } = await runEval([task, "--budget-usd", "0.05"], { cwd: folder.path });
  assert.equal(code, 4);
  assert.equal(server.stats().total, 6, "two cases of three requests; none is cut short");
  assert.equal((await rawObservations(await onlyRun(folder.path))).length, 2);
});

for (const [failing, code] of [[2, 0], [3, 3]] as const) {
  Deno.test(`deno task eval ends with ${code} when ${failing} of 20 cases of a cell fail by infrastructure`, async () => {
    await using server = await startChatServer({
      respond: (request) => noteNumber(request) <= failing ? { kind: "status", status: 400 } : right(request),
    });
    await using healthy = await startChatServer({ respond: right });
    await using folder = await temporaryFolder();
    const models = [{ baseUrl: server.baseUrl }, { baseUrl: healthy.baseUrl }];
    const task = await writeTask(join(folder.path, "notes"), { models });
    const ended = await runEval([task], { cwd: folder.path });
    assert.equal(ended.code, code, ended.stderr);
    assert.match(ended.stdout, new RegExp(`${20 - failing}/20 +provider_error ${failing} `));
    assert.match(ended.stdout, /^complete: 40 of 40/m, "failed cases are observations");
    const errors = ended.stderr.split("\n").filter((line) => line.startsWith("error:"));
    assert.equal(errors.length, code === 0 ? 0 : 1);
    if (code === 3) assert(errors[0]?.includes(server.baseUrl));
  });
}

Deno.test("deno task eval --gate ends with 0 only when every cell passes, and tells failing from inconclusive", async () => {
  await using server = await startChatServer({
    respond: (request) => {
      const share = new Map([["good", 1], ["middling", 0.8], ["bad", 0.2]]).get(request.body.model) ?? 0;
      return noteNumber(request) <= share * 60 ? right(request) : wrong(request);
    },
  });
  await using folder = await temporaryFolder();
  const task = await writeTask(join(folder.path, "notes"), {
    cases: 60,
    models: ["good", "middling", "bad"].map((model) => ({ model, baseUrl: server.baseUrl })),
  });
  const gated = (...models: string[]) =>
    runEval([task, "--gate", "0.8", "--format", "json", "--models", models.join(",")], { cwd: folder.path });
  const all = await gated("good", "middling", "bad");
  assert.equal(all.code, 1);
  const { gate, exitCode } = JSON.parse(all.stdout);
  assert.deepEqual(gate.map(({ verdict }: { verdict: string }) => verdict), ["pass", "inconclusive", "fail"]);
  assert.equal(exitCode, 1);
  assert.equal((await gated("good")).code, 0);
  assert.equal((await gated("middling")).code, 1, "inconclusive is no pass");
  const text = await runEval([task, "--gate", "0.8"], { cwd: folder.path });
  for (const [model, verdict] of [["good", "pass"], ["middling", "inconclusive"], ["bad", "fail"]]) {
    assert.match(text.stdout, new RegExp(`^gate ${verdict}: predict/sort/.*#${model}$`, "m"));
  }
});

Deno.test("deno task eval --baseline counts what is newly right and newly wrong, pair by pair", async () => {
  await using server = await startChatServer({
    respond: (request) => {
      const n = noteNumber(request);
      const longer = request.body.max_tokens === 99;
      return (longer ? n > 4 : n > 3 && n < 15 || n === 1) ? right(request) : wrong(request);
    },
  });
  await using folder = await temporaryFolder();
  const task = await writeTask(join(folder.path, "notes"), {
    models: [{ baseUrl: server.baseUrl }],
    variants: "base: predict(Notes), longer: predict(Notes, { maxTokens: 99 })",
  });
  // base is right on 1 and 4..14, longer on 5..20
  const { code, stdout } = await runEval([task, "--baseline", "base"], { cwd: folder.path });
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^against base\/sort\/\S+: longer\/sort\/\S+ has 6 newly right and 2 newly wrong of 20 pairs$/m,
  );
  const json = await runEval([task, "--baseline", "base", "--format", "json"], { cwd: folder.path });
  const [{ newlyRight, newlyWrong, pairs }] = JSON.parse(json.stdout).baseline;
  assert.deepEqual([newlyRight, newlyWrong, pairs], [6, 2, 20]);
});

Deno.test("deno task eval --format json prints one document with the numbers of the text table", async () => {
  await using server = await startChatServer({ respond: answerNote });
  await using folder = await temporaryFolder();
  const task = await writeTask(join(folder.path, "notes"), {
    models: [{ baseUrl: server.baseUrl, price: CENT }],
    variants: "one: predict(Notes), two: predict(Notes, { corrections: 0, maxTokens: 99 })",
    repeats: 2,
  });
  const json = await runEval([task, "--format", "json"], { cwd: folder.path });
  assert.equal(json.code, 0, json.stderr);
  const { summary, status, exitCode } = JSON.parse(json.stdout);
  assert.deepEqual([status, exitCode, summary.cells.length], ["complete", 0, 2]);
  const text = await runEval([task], { cwd: folder.path });
  const lines = text.stdout.split("\n");
  const percent = (share: number) => (100 * share).toFixed(1);
  for (const { variant, accuracy, categories, costUsd, tokens } of summary.cells) {
    const row = lines.find((line) => line.startsWith(variant)) ?? "";
    const [low, high] = accuracy.interval;
    const failures = Object.entries<number>(categories).filter(([name, count]) =>
      name !== "correct" && count > 0
    );
    for (
      const cell of [
        `${percent(accuracy.rate)}%`,
        `[${percent(low)}, ${percent(high)}]`,
        `${accuracy.passed}/${accuracy.total}`,
        ...failures.map(([name, count]) => `${name} ${count}`),
        `$${costUsd.toFixed(2)}`,
        `${tokens.input.toLocaleString("en-US")}/${tokens.output.toLocaleString("en-US")}`,
      ]
    ) assert(row.includes(cell), `${cell} is not in: ${row}`);
  }
});

Deno.test("deno task eval gives a stopped and an interrupted run as one JSON document too", async () => {
  await using server = await startChatServer({ respond: () => ({ kind: "status", status: 401 }) });
  await using folder = await temporaryFolder();
  const task = await writeTask(join(folder.path, "notes"), { models: [{ baseUrl: server.baseUrl }] });
  const { code, stdout, stderr } = await runEval([task, "--format", "json"], { cwd: folder.path });
  assert.equal(code, 3);
  const { status, exitCode, stopped, summary } = JSON.parse(stdout);
  assert.deepEqual([status, exitCode, stopped.length, summary.cells], ["stopped", 3, 1, []]);
  assert.match(stderr, /^error: endpoint .* refused .*401/m);
  assert.match(stderr, /^Go on with: deno task eval \S+ --resume \S+ --format json$/m);
  const counts = tally((await rawObservations(await onlyRun(folder.path))).map(identity));
  assert.deepEqual(counts, {});
});
