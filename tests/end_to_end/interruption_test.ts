import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { type ChatServer, startChatServer } from "../servers/chat_server.ts";
import { onlyRun, resumeCommand, runEval, runFolders, startEval, temporaryFolder } from "./_command_line.ts";
import { answerNote, writeTask } from "./_made_up_task.ts";
import { identity, rawObservations, tally } from "./_raw_journal.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const SERVED = 7;
const CONCURRENCY = 2;

/** A server that answers {@linkcode SERVED} requests and holds the others until it is let go. */
async function holdingServer(): Promise<{ server: ChatServer; letGo: () => void }> {
  const gate = Promise.withResolvers<void>();
  const server = await startChatServer({
    respond: async (request, n) => {
      if (n > SERVED) await gate.promise;
      return answerNote(request);
    },
  });
  return { server, letGo: gate.resolve };
}

function assertOnce(observations: Parameters<typeof identity>[0][], total: number): void {
  const counts = tally(observations.map(identity));
  assert.equal(Object.keys(counts).length, total);
  assert(Object.values(counts).every((count) => count === 1));
}

for (const [signal, code, format] of [["SIGINT", 130, "text"], ["SIGTERM", 143, "json"]] as const) {
  Deno.test(`deno task eval ends with ${code} on ${signal} and prints the command that completes the run (${format})`, async () => {
    const { server: holding, letGo } = await holdingServer();
    await using server = holding;
    await using folder = await temporaryFolder();
    await writeTask(join(folder.path, "my notes"), { models: [{ baseUrl: server.baseUrl }] });
    const flags = ["--concurrency", String(CONCURRENCY), "--format", format];

    const command = startEval(["./my notes", ...flags], { cwd: folder.path });
    await server.waitFor(SERVED + CONCURRENCY);
    command.kill(signal);
    const interrupted = await command.ended;
    assert.equal(interrupted.code, code, interrupted.stderr);
    const run = await onlyRun(folder.path);
    assert.equal((await rawObservations(run)).length, SERVED);
    const printed = `Go on with: deno task eval './my notes' --resume ${basename(run)} --concurrency 2`;
    assert(interrupted.stderr.includes(printed), interrupted.stderr);
    assert(!interrupted.stderr.includes("    at "), "no stack trace");

    letGo();
    const resumed = await runEval(resumeCommand(interrupted), { cwd: folder.path });
    assert.equal(resumed.code, 0, resumed.stderr);
    assertOnce(await rawObservations(run), 20);
    assert.equal(server.stats().total, 20 + CONCURRENCY);
  });
}

Deno.test("deno task eval ends at once on a second Ctrl-C, even when a program does not listen", async () => {
  await using server = await startChatServer({ respond: answerNote });
  await using folder = await temporaryFolder();
  const deaf = `deaf: workflow("deaf", {
    signature: Notes,
    calls: { sort: predict(Notes) },
    body: async (input, call) => {
      await call("sort", input);
      console.error("deaf");
      setInterval(() => {}, 1e9);
      return await new Promise(() => {});
    },
  })`;
  const task = await writeTask(join(folder.path, "notes"), {
    models: [{ baseUrl: server.baseUrl }],
    variants: deaf,
    code: 'Deno.addSignalListener("SIGINT", () => console.error("heard it"));',
  });
  const command = startEval([task, "--concurrency", "1"], { cwd: folder.path });
  await command.says("deaf");
  command.kill("SIGINT");
  await command.says("heard it");
  command.kill("SIGINT");
  assert.equal((await command.ended).code, 130);
});

Deno.test("deno task eval does not sit out a long Retry-After when it is interrupted", async () => {
  await using server = await startChatServer({
    respond: () => ({ kind: "status", status: 429, headers: { "retry-after": "500" } }),
  });
  await using folder = await temporaryFolder();
  const task = await writeTask(join(folder.path, "notes"), { models: [{ baseUrl: server.baseUrl }] });
  const command = startEval([task, "--concurrency", "2"], { cwd: folder.path });
  await server.waitFor(2);
  command.kill("SIGINT");
  const { code, stderr } = await command.ended;
  assert.equal(code, 130);
  assert.match(stderr, /^Go on with: /m);
  assert.equal(server.stats().total, 2);
});

Deno.test("deno task eval ends with 130 and starts no run when it is interrupted before the first request", async () => {
  await using server = await startChatServer({ respond: answerNote });
  await using folder = await temporaryFolder();
  const task = await writeTask(join(folder.path, "notes"), {
    models: [{ baseUrl: server.baseUrl }],
    // an interruption that comes while the plan is looked up in the stores
    variants: `early: workflow("early", {
      signature: Notes,
      calls: { sort: predict(Notes) },
      body: async (input, call) => {
        const heard = new Promise((resolve) => Deno.addSignalListener("SIGINT", () => resolve(undefined)));
        Deno.kill(Deno.pid, "SIGINT");
        await heard;
        return await call("sort", input);
      },
    })`,
  });
  const { code, stderr } = await runEval([task, "--limit", "1"], { cwd: folder.path });
  assert.equal(code, 130, stderr);
  assert.equal(server.stats().total, 0);
  assert.deepEqual(await runFolders(folder.path), []);
});

Deno.test("deno task eval --resume is refused while another process writes to the run, which is left alone", async () => {
  const { server: holding, letGo } = await holdingServer();
  await using server = holding;
  await using folder = await temporaryFolder();
  const task = await writeTask(join(folder.path, "notes"), { models: [{ baseUrl: server.baseUrl }] });
  const first = startEval([task, "--concurrency", "2"], { cwd: folder.path });
  await server.waitFor(SERVED + CONCURRENCY);
  const run = await onlyRun(folder.path);
  for (const resume of [["--resume"], ["--resume", basename(run)]]) {
    const refused = await runEval([task, ...resume], { cwd: folder.path });
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /^error: Another process is writing to this run\n {2}where: .*\n {2}fix: /);
    assert(refused.stderr.includes(run));
  }
  letGo();
  assert.equal((await first.ended).code, 0);
  assertOnce(await rawObservations(run), 20);
  assert.equal(server.stats().total, 20);
});

Deno.test("deno task eval keeps two runs apart that share a state folder at the same time", async () => {
  await using server = await startChatServer({ respond: answerNote });
  await using folder = await temporaryFolder();
  const task = await writeTask(join(folder.path, "notes"), {
    cases: 60,
    models: [{ baseUrl: server.baseUrl }],
    variants: "one: predict(Notes), two: predict(Notes, { maxTokens: 99 })",
  });
  const commands = ["one", "two"].map((variant) =>
    runEval([task, "--variants", variant, "--format", "json"], { cwd: folder.path })
  );
  const ended = await Promise.all(commands);
  for (const [index, { code, stdout, stderr }] of ended.entries()) {
    assert.equal(code, 0, stderr);
    const { folder: run, summary } = JSON.parse(stdout);
    const observations = await rawObservations(run);
    assertOnce(observations, 60);
    assert(observations.every(({ cell }) => cell.startsWith(`${index === 0 ? "one" : "two"}/`)));
    assert.equal(summary.cells[0].accuracy.passed, 60 - 6 - 6 - 6 - 6 - 6);
  }
  assert.equal((await runFolders(folder.path)).length, 2);
});
