import {
  evaluate,
  type EvaluateOptions,
  experiment,
  loadTask,
  planRun,
  readJournal,
  type RunEvent,
} from "@lib/experiment/mod.ts";
import { InputError } from "@lib/io/mod.ts";
import { compatible } from "@lib/model/mod.ts";
import { predict } from "@lib/program/mod.ts";
import { type Checks, type Judge, judge } from "@lib/scoring/mod.ts";
import { compare, inlineInstructions, signature } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { z } from "zod";
import { onlyRun, resumeCommand, runEval, startEval, temporaryFolder } from "../end_to_end/_command_line.ts";
import { rawObservations } from "../end_to_end/_raw_journal.ts";
import { runScript } from "../end_to_end/_run_script.ts";
import { type Behaviour, type ChatRequest, startChatServer } from "../servers/chat_server.ts";
import { answerMail, type JudgedTask, judgeMail, mailNumber, writeJudgedTask } from "./_judged_task.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const DEAD: Behaviour = { kind: "status", status: 500 };
const USAGE = { prompt_tokens: 5, completion_tokens: 10, total_tokens: 15 };
/** With 10 output tokens a reply, a request costs one cent. */
const CENT = {
  inputPerMillion: 0,
  cachedInputPerMillion: 0,
  outputPerMillion: 1000,
  source: "made up",
  asOf: "2026-01-01",
};
const priced = (respond: (request: ChatRequest) => Behaviour) => (request: ChatRequest): Behaviour => {
  const behaviour = respond(request);
  return behaviour.kind === "reply" ? { ...behaviour, usage: USAGE } : behaviour;
};

async function withTask<T>(
  task: JudgedTask,
  work: (run: (options?: EvaluateOptions) => ReturnType<typeof evaluate>, path: string) => Promise<T>,
): Promise<T> {
  await using folder = await temporaryFolder();
  const path = await writeJudgedTask(join(folder.path, "mails"), task);
  const loaded = await loadTask(path);
  return await work(
    (options) =>
      evaluate(loaded, { stateFolder: join(folder.path, "state"), policy: { retries: 0 }, ...options }),
    path,
  );
}

/** Starts a server for the task and one for its judge. */
async function servers(judgeRespond: Parameters<typeof startChatServer>[0] = { respond: judgeMail }) {
  const stack = new AsyncDisposableStack();
  const task = stack.use(await startChatServer({ respond: answerMail }));
  const judge = stack.use(await startChatServer(judgeRespond));
  return { task, judge, models: [{ baseUrl: task.baseUrl }], judges: [{ baseUrl: judge.baseUrl }], stack };
}

Deno.test("evaluate() asks a judge about what nothing else decides, and counts it apart from the task", async () => {
  const { task, judge, models, judges, stack } = await servers();
  await using _servers = stack;
  await withTask({ models, judges }, async (run) => {
    const { summary: { cells: [cell] }, folder } = await run({ mode: "live" });
    assert(cell?.judge);
    assert.equal(task.stats().total, 20);
    assert.equal(judge.stats().total, 8, "one request for each of the 8 replies that need it");
    assert.deepEqual(judge.requests().map(mailNumber).sort((a, b) => a - b), [2, 3, 7, 8, 12, 13, 17, 18]);
    const { correct, wrong, violation, format, judge_error } = cell.categories;
    assert.deepEqual({ correct, wrong, violation, format, judge_error }, {
      correct: 8,
      wrong: 4,
      violation: 4,
      format: 4,
      judge_error: 0,
    });
    assert.equal(cell.calls.total, 20);
    assert.equal(cell.latencyMs?.n, 20);
    const { asked, passed, failed, errors, calls, latencyMs } = cell.judge;
    assert.deepEqual({ asked, passed, failed, errors }, { asked: 8, passed: 4, failed: 4, errors: 0 });
    assert.deepEqual([calls.total, calls.live, latencyMs?.n], [8, 8, 8]);
    for (const observation of await rawObservations(folder)) {
      const needed = ["2", "3", "7", "8"].includes(observation.case.at(-1)!);
      const judged = Reflect.get(observation, "judge") as { calls: { path: string[] }[] } | undefined;
      assert.equal(judged !== undefined, needed, observation.case);
      assert(observation.calls.every(({ path }) => path[0] !== "judge kind"));
      assert(judged === undefined || judged.calls.every(({ path }) => path[0] === "judge kind"));
    }
    for await (const line of readJournal(folder)) {
      if (line.type !== "observation" || !line.judge) continue;
      assert.match(line.judge.calls[0]?.messages[0]?.content ?? "", /^(Pass if the reply is good\. ?){8}/);
      assert.match(line.score.fields.reply?.reason ?? "", /^(All met|It is bad)\.$/);
    }
  });
});

Deno.test("evaluate() gives judge_error, never wrong, when the judge dies, and leaves the task's numbers as they are", async () => {
  const { judge, models, judges, stack } = await servers({ respond: () => DEAD });
  await using _servers = stack;
  await withTask({ models, judges }, async (run) => {
    const { summary: { cells: [cell] }, status } = await run({ mode: "live" });
    assert.equal(status, "complete");
    const { correct, wrong, violation, format, judge_error, provider_error } = cell!.categories;
    assert.deepEqual({ correct, wrong, violation, format, judge_error, provider_error }, {
      correct: 4,
      wrong: 0,
      violation: 4,
      format: 4,
      judge_error: 8,
      provider_error: 0,
    });
    assert.equal(judge.stats().total, 8);
    assert.equal(cell?.calls.failedAttempts, 0);
    assert.equal(cell?.latencyMs?.n, 20);
    assert.deepEqual([cell?.judge?.errors, cell?.judge?.calls.failedAttempts], [8, 8]);
    assert.equal(cell?.judge?.latencyMs, null);
  });
});

Deno.test("evaluate() counts a judge's unreadable reply and a panel's tie as judge_error", async () => {
  const { task, judge, stack } = await servers({
    respond: (request) =>
      request.text.includes("Mail 2:") ? { kind: "reply", content: "pass" } : judgeMail(request),
  });
  await using _servers = stack;
  await using kind = await startChatServer({
    respond: () => ({ kind: "reply", content: '{"reason":"Fine.","verdict":"pass"}' }),
  });
  const judges = [{ baseUrl: judge.baseUrl }, { baseUrl: kind.baseUrl }];
  await withTask({ cases: 5, models: [{ baseUrl: task.baseUrl }], judges }, async (run) => {
    const { folder } = await run({ mode: "live" });
    const scores = new Map<string, unknown>();
    for await (const line of readJournal(folder)) {
      if (line.type === "observation") scores.set(line.case, line.score.fields.reply);
    }
    const [unreadable, tie] = ["m2", "m3"].map((id) => scores.get(id) as { outcome: string; reason: string });
    assert.equal(unreadable?.outcome, "judge_error");
    assert.match(unreadable?.reason ?? "", /the judge failed: http\S+#judge-1: no JSON object/);
    assert.equal(tie?.outcome, "judge_error");
    assert.match(tie?.reason ?? "", /cannot tell: tie \(http\S+#judge-1: fail, http\S+#judge-2: pass\)/);
    assert.equal(judge.stats().total, 3, "the unreadable reply was asked for once more");
    assert.equal(kind.stats().total, 2);
  });
});

Deno.test("evaluate() asks a judge once about the same reply to the same mail, whatever the repeat", async () => {
  const { task, judge, models, judges, stack } = await servers();
  await using _servers = stack;
  await withTask(
    { cases: 5, models: [{ ...models[0]!, concurrency: 1 }], judges, repeats: 3 },
    async (run) => {
      const { summary: { cells: [cell] } } = await run();
      assert.equal(task.stats().total, 15);
      assert.equal(judge.stats().total, 2);
      const { calls } = cell!.judge!;
      assert.deepEqual([calls.live, calls.cache], [2, 4]);
    },
  );
});

Deno.test("evaluate() records judges and replays them to the same numbers; a missing one fails beforehand, by name", async () => {
  const { task, judge, models, judges, stack } = await servers();
  await using _servers = stack;
  await withTask({ models, judges }, async (run, path) => {
    const recorded = await run({ mode: "record" });
    const asked = [task.stats().total, judge.stats().total];
    const replayed = await run({ mode: "replay", stateFolder: join(path, "elsewhere") });
    assert.deepEqual([task.stats().total, judge.stats().total], asked);
    const numbers = ({ summary: { cells: [cell] } }: typeof recorded) => {
      const { categories, accuracy, tokens, judge: said } = cell!;
      return {
        categories,
        accuracy,
        tokens,
        said: [said?.passed, said?.failed, said?.tokens, said?.costUsd],
      };
    };
    assert.deepEqual(numbers(replayed), numbers(recorded));
    assert.equal(replayed.summary.cells[0]?.judge?.calls.recording, 8);

    const folder = join(path, "recordings");
    for await (const { name } of Deno.readDir(folder)) {
      const text = await Deno.readTextFile(join(folder, name));
      if (text.includes("judge-1")) await Deno.remove(join(folder, name));
    }
    const events: RunEvent[] = [];
    const options = {
      stateFolder: join(path, "third"),
      onEvent: (event: RunEvent) => void events.push(event),
    };
    await assert.rejects(run({ mode: "replay", ...options }), (error) => {
      assert(error instanceof InputError);
      assert.match(error.message, /#judge-1 was never recorded\n.*, judge kind$/m);
      return true;
    });
    assert.deepEqual([events, asked], [[], [task.stats().total, judge.stats().total]]);

    await run(options);
    const planned = events.find((event) => event.type === "planned");
    assert.deepEqual([planned?.found.stored, planned?.found.missing], [12, 8]);
    assert.deepEqual([...planned!.found.byModel.keys()], [`${judge.baseUrl}#judge-1`]);
    assert.deepEqual([task.stats().total, judge.stats().total], [20, 16]);
  });
});

Deno.test("evaluate() foretells the price of judges, and a budget counts what they cost", async () => {
  const { task, judge, stack } = await servers({ respond: priced(judgeMail) });
  await using _servers = stack;
  const free = { ...CENT, outputPerMillion: 0 };
  const models = [{ baseUrl: task.baseUrl, price: free, concurrency: 1 }];
  const judges = [{ baseUrl: judge.baseUrl, price: CENT }];
  await withTask({ models, judges }, async (run) => {
    for (const mode of ["auto", "live"] as const) {
      let usd: number | null = null;
      const onEvent = (event: RunEvent) => {
        if (event.type === "planned") usd = event.found.atMostUsd;
      };
      await run({ mode, onEvent });
      assert.equal(
        Number(usd).toFixed(6),
        (20 * 160 * 1000 / 1e6).toFixed(6),
        "20 verdicts of 160 tokens at most",
      );
    }
    const { status, spentUsd, summary } = await run({ mode: "live", budgetUsd: 0.03 });
    assert.equal(status, "budget");
    assert.equal(spentUsd.toFixed(6), "0.030000");
    assert.equal(summary.cells[0]?.observed, 7);
    assert.equal(summary.cells[0]?.costUsd, 0);
    assert.equal(summary.cells[0]?.judge?.incurredUsd.toFixed(6), "0.030000");
    const again = await run({ resume: true, budgetUsd: 0.03 });
    assert.equal(again.summary.cells[0]?.observed, 7, "what judges cost before counts");
  });
  await withTask({ models, judges: [{ baseUrl: judge.baseUrl }] }, async (run) => {
    const before = task.stats().total;
    await assert.rejects(run({ budgetUsd: 1 }), /price of http\S+#judge-1 is unknown/);
    assert.equal(task.stats().total, before);
  });
});

Deno.test("evaluate() stops when the judge's endpoint refuses for good, and nothing is judged wrongly", async () => {
  const { models, judges, stack } = await servers({ respond: () => ({ kind: "status", status: 401 }) });
  await using _servers = stack;
  await withTask({ models, judges }, async (run) => {
    const { status, stopped, summary } = await run({ mode: "live" });
    assert.equal(status, "stopped");
    assert.equal(stopped[0]?.endpoint, judges[0]?.baseUrl);
    assert.equal(summary.cells[0]?.categories.judge_error ?? 0, 0);
  });
});

Deno.test("readJournal() refuses an observation whose judging is damaged", async () => {
  const { models, judges, stack } = await servers();
  await using _servers = stack;
  await withTask({ cases: 2, models, judges }, async (run) => {
    const { folder } = await run({ mode: "live" });
    const path = join(folder, "journal.jsonl");
    const text = await Deno.readTextFile(path);
    for (
      const [from, to] of [['"judge":{"verdicts"', '"judge":{"verdict"'], ['"judge":{', '"judge":null,"x":{']]
    ) {
      assert(text.includes(from!));
      await Deno.writeTextFile(path, text.replace(from!, to!));
      await assert.rejects(Array.fromAsync(readJournal(folder)), /not whole/);
    }
  });
});

Deno.test("planRun() has versions of judges and checks, and none for a task without", async () => {
  const digests = async (rubric?: string) => {
    const models = [{ baseUrl: "http://127.0.0.1:1/v1" }];
    await using folder = await temporaryFolder();
    const path = await writeJudgedTask(join(folder.path, "mails"), {
      models,
      judges: models,
      ...(rubric && { rubric }),
    });
    return planRun(await loadTask(path)).digests;
  };
  const [one, same, other] = [await digests(), await digests(), await digests("Pass if it rhymes.")];
  assert.deepEqual(one, same);
  assert.notEqual(one.judges?.kind, other.judges?.kind);
  assert.deepEqual({ ...one, judges: {} }, { ...other, judges: {} });
  assert.deepEqual(Object.keys(one.checks ?? {}), ["reply"]);
  const plain = planRun(await loadTask("ticket_triage")).digests;
  assert(!("judges" in plain) && !("checks" in plain));
});

Deno.test("experiment() refuses judges and checks that do not fit its signature", () => {
  const models = [compatible("m", { baseUrl: "http://127.0.0.1:1/v1" })];
  const rubric = inlineInstructions("Pass.");
  const judged = { by: "judge", judge: "kind" } as const;
  const make = (
    output: Record<string, z.ZodType>,
    judges: (task: ReturnType<typeof signature>) => Record<string, Judge>,
    checks: Checks = {},
  ) =>
  () => {
    const task = signature({ name: "t", instructions: "", input: { mail: z.string() }, output });
    return experiment({
      name: "t",
      dataset: "",
      variants: { one: predict(task) },
      models,
      judges: judges(task),
      checks,
    });
  };
  const reply = compare(z.string(), judged);
  const fits = (field = "reply") => (task: ReturnType<typeof signature>) => ({
    kind: judge(task, { field, rubric, models }),
  });
  const refused: [() => unknown, RegExp][] = [
    [make({ reply }, () => ({})), /holds no judge "kind"[^]*field reply[^]*no judge/],
    [make({ reply }, (task) => ({ kid: fits()(task).kind })), /no judge "kind"[^]*did you mean kid\?/],
    [make({ reply, other: z.string() }, fits("other")), /judge "kind" judges something else[^]*field other/],
    [
      make(
        { reply },
        () => fits()(signature({ name: "t", instructions: "", input: {}, output: { reply } }) as never),
      ),
      /judges something else[^]*another signature/,
    ],
    [make({ reply: z.string() }, fits()), /no field declares[^]*kind/],
    [make({ list: z.array(reply), reply: z.string() }, () => ({})), /part of a value[^]*field list/],
    [make({ one: z.object({ reply }) }, () => ({})), /part of a value[^]*field one/],
    [make({ reply }, fits(), { replies: () => undefined }), /not scored[^]*replies[^]*reply/],
  ];
  for (const [work, message] of refused) {
    assert.throws(
      work,
      (error) => error instanceof InputError && message.test(error.message),
      String(message),
    );
  }
  assert.doesNotThrow(make({ reply }, fits(), { reply: () => undefined }));
});

Deno.test("deno task eval ends with 3 when more than a tenth of the judgements give no verdict, and says so", async () => {
  const broken = (share: number) => (request: ChatRequest): Behaviour =>
    mailNumber(request) > 50 * (1 - share) ? { kind: "status", status: 400 } : judgeMail(request);
  for (const [share, code] of [[0.16, 3], [0.05, 0]] as const) {
    const { models, judges, stack } = await servers({ respond: broken(share) });
    await using _servers = stack;
    await using folder = await temporaryFolder();
    const task = await writeJudgedTask(join(folder.path, "mails"), { cases: 50, models, judges });
    const ended = await runEval([task, "--live"], { cwd: folder.path });
    assert.equal(ended.code, code, ended.stderr);
    if (code === 3) {
      assert.match(ended.stderr, /more than 10\.0% of the judgements of predict\S* gave no verdict/);
    }
    assert.match(
      ended.stdout,
      /^judges, not in the table: 20 asked, \d+ pass, \d+ fail, \d+ without a verdict; 20 calls/m,
    );
    assert.match(ended.stdout, /violation 10/);
  }
});

Deno.test("deno task eval refuses to go on with a changed judge or check, by name", async () => {
  const { task, judge, models, judges, stack } = await servers();
  await using _servers = stack;
  await using folder = await temporaryFolder();
  const path = await writeJudgedTask(join(folder.path, "mails"), { models, judges });
  assert.equal((await runEval([path, "--live"], { cwd: folder.path })).code, 0);
  const asked = [task.stats().total, judge.stats().total];
  const changes: [file: string, from: string, to: string, says: RegExp][] = [
    ["rubric.md", "good", "great", /changed since it began: judge kind$/m],
    ["task.ts", "reference: true", "reference: false", /: judge kind$/m],
    ["task.ts", '"judge-1"', '"judge-9"', /: judge kind$/m],
    ["task.ts", "state?.never", "state?.always", /: check reply$/m],
  ];
  for (const [file, from, to, says] of changes) {
    const text = await Deno.readTextFile(join(path, file));
    assert(text.includes(from));
    await Deno.writeTextFile(join(path, file), text.replaceAll(from, to));
    const { code, stderr } = await runEval([path, "--resume"], { cwd: folder.path });
    assert.equal(code, 2, stderr);
    assert.match(stderr, says);
    await Deno.writeTextFile(join(path, file), text);
  }
  assert.deepEqual([task.stats().total, judge.stats().total], asked);
});

Deno.test("deno task eval asks no judge again about what was done when it is killed and resumed", async () => {
  const reached = Promise.withResolvers<void>();
  const held: { active: boolean } = { active: true };
  const { task, judge, stack } = await servers({
    respond: (request, n) => {
      if (held.active && n === 10) reached.resolve();
      return held.active && n >= 10 ? { kind: "hang" } : judgeMail(request);
    },
  });
  await using _servers = stack;
  await using folder = await temporaryFolder();
  const models = [{ baseUrl: task.baseUrl, concurrency: 2 }];
  const path = await writeJudgedTask(join(folder.path, "mails"), {
    cases: 100,
    models,
    judges: [{ baseUrl: judge.baseUrl }],
  });
  const command = startEval([path, "--live"], { cwd: folder.path });
  await reached.promise;
  command.kill("SIGKILL");
  assert.equal((await command.ended).code, 137);
  held.active = false;
  const done = new Set((await rawObservations(await onlyRun(folder.path))).map((entry) => entry.case));
  assert(done.size >= 20, `${done.size} done before the kill`);
  const before = judge.stats().total;
  const { code, stderr, stdout } = await runEval([path, "--resume", "--format", "json"], {
    cwd: folder.path,
  });
  assert.equal(code, 0, stderr);
  const again = judge.requests().slice(before).map((request) => `m${mailNumber(request)}`);
  assert.deepEqual(again.filter((id) => done.has(id)), []);
  assert.equal(new Set(again).size, again.length);
  const [cell] = JSON.parse(stdout).summary.cells;
  assert.deepEqual([cell.observed, cell.judge.asked, cell.judge.passed], [100, 40, 20]);
  assert.deepEqual([cell.categories.correct, cell.categories.wrong], [40, 20]);
});

Deno.test("deno task eval prints how to go on when it is interrupted while a judge is asked", async () => {
  const { models, judges, judge, stack } = await servers({ respond: () => ({ kind: "hang" }) });
  await using _servers = stack;
  await using folder = await temporaryFolder();
  const path = await writeJudgedTask(join(folder.path, "mails"), { models, judges });
  const command = startEval([path, "--live"], { cwd: folder.path });
  await judge.waitFor(1);
  command.kill("SIGINT");
  const ended = await command.ended;
  assert.equal(ended.code, 130, ended.stderr);
  assert(resumeCommand(ended).includes("--resume"));
});

Deno.test("deno task score leaves judged fields to a judge, counts them apart and ends with 3", async () => {
  const models = [{ baseUrl: "http://127.0.0.1:1/v1" }];
  await using folder = await temporaryFolder();
  const path = await writeJudgedTask(join(folder.path, "mails"), { cases: 4, models, judges: models });
  const rows = ["Reference 1.", "A gift!", "Hello.", "reference 4"].map((reply, index) =>
    JSON.stringify({ id: `m${index + 1}`, output: { reply } })
  );
  const score = (args: string[], lines = rows) =>
    runScript("score", ["-", "--task", path, ...args], { stdin: lines.join("\n") });
  const { code, stdout, stderr } = await score(["--format", "json"]);
  assert.equal(code, 3, stderr);
  const { categories, rows: scored } = JSON.parse(stdout);
  assert.deepEqual(
    [categories.correct, categories.violation, categories.judge_error, categories.wrong],
    [2, 1, 1, 0],
  );
  assert.match(scored[2].reason, /only a judge can tell/);
  assert.match(scored[1].reason, /forbidden promise: gift/);
  const text = await score([]);
  assert.match(text.stdout, /^1 row not judged, neither right nor wrong: /m);
  assert.equal((await score([], [rows[0]!, rows[1]!])).code, 0);
});
Deno.test("the checks of support_reply pass every reference and find something in a reply to another case", async () => {
  const { experiment: { checks }, dataset: { cases } } = await loadTask("support_reply");
  const check = checks.reply!;
  let found = 0;
  for (const [index, entry] of cases.entries()) {
    assert.equal(check(entry.expected.reply, entry), undefined, entry.id);
    const other = cases[(index + 1) % cases.length]!;
    if (check(other.expected.reply, entry) !== undefined) found++;
  }
  assert(found > cases.length / 2, `${found} of ${cases.length}`);
});
