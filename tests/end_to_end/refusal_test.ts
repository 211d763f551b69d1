import assert from "node:assert/strict";
import { join } from "node:path";
import { startChatServer } from "../servers/chat_server.ts";
import { onlyRun, resumeCommand, runEval, temporaryFolder } from "./_command_line.ts";
import { answerNote, writeTask } from "./_made_up_task.ts";
import { identity, rawObservations, tally } from "./_raw_journal.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const CONCURRENCY = 3;
const WRONG = "wrong-key-0123456789";
const RIGHT = "right-key-0123456789";

for (const status of [401, 403, 404]) {
  Deno.test(`deno task eval ends with 3 and stops that endpoint's cells alone when it answers ${status}`, async () => {
    await using refusing = await startChatServer({
      respond: (request) =>
        request.headers.authorization === `Bearer ${RIGHT}`
          ? answerNote(request)
          : { kind: "status", status },
    });
    await using healthy = await startChatServer({ respond: answerNote });
    await using folder = await temporaryFolder();
    const task = await writeTask(join(folder.path, "notes"), {
      models: [
        { baseUrl: refusing.baseUrl, apiKeyEnv: "NOTES_KEY", concurrency: CONCURRENCY },
        { baseUrl: healthy.baseUrl, concurrency: CONCURRENCY },
      ],
      variants:
        "one: predict(Notes, { corrections: 0 }), two: predict(Notes, { corrections: 0, maxTokens: 99 })",
    });

    const first = await runEval([task], { cwd: folder.path, env: { NOTES_KEY: WRONG } });
    assert.equal(first.code, 3, first.stderr);
    assert(refusing.stats().total <= CONCURRENCY, `${refusing.stats().total} requests were refused`);
    assert.equal(healthy.stats().total, 40);
    const errors = first.stderr.split("\n").filter((line) => line.startsWith("error:"));
    assert.equal(errors.length, 1, first.stderr);
    assert.match(errors[0] ?? "", new RegExp(`${refusing.baseUrl}.*${status}`));
    assert.match(first.stdout, /^stopped: 40 of 80 observations/m);

    const run = await onlyRun(folder.path);
    const before = await rawObservations(run);
    assert.equal(before.length, 40);
    assert(before.every(({ cell }) => cell.includes(healthy.baseUrl)));

    const second = await runEval(resumeCommand(first), { cwd: folder.path, env: { NOTES_KEY: RIGHT } });
    assert.equal(second.code, 0, second.stderr);
    assert.equal(healthy.stats().total, 40);
    const counts = tally((await rawObservations(run)).map(identity));
    assert.equal(Object.keys(counts).length, 80);
    assert(Object.values(counts).every((count) => count === 1));
  });
}

Deno.test("deno task eval goes on to its end when an endpoint answers 400, and counts it as its fault", async () => {
  await using server = await startChatServer({ respond: () => ({ kind: "status", status: 400 }) });
  await using folder = await temporaryFolder();
  const task = await writeTask(join(folder.path, "notes"), { models: [{ baseUrl: server.baseUrl }] });
  const { code, stdout, stderr } = await runEval([task], { cwd: folder.path });
  assert.equal(code, 3, stderr);
  assert.match(stdout, /0\/20.*provider_error 20/);
  assert.match(stderr, /more than 10\.0% of .* failed by infrastructure/);
  assert.equal(server.stats().total, 20);
});
