import assert from "node:assert/strict";
import { join } from "node:path";
import { startChatServer } from "../servers/chat_server.ts";
import { runEval, startEval, temporaryFolder } from "./_command_line.ts";
import { answerNote, noteNumber, repeatOf, writeTask } from "./_made_up_task.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** Cells of a JSON document without what tells where replies came from. */
function totalsOf(stdout: string): unknown {
  const { cells } = JSON.parse(stdout).summary;
  return cells.map(({ incurredUsd: _, calls, ...cell }: Record<string, unknown>) => {
    const { live, cache, recording, ...counts } = calls as Record<string, number>;
    return { ...cell, calls: { ...counts, from: Number(live) + Number(cache) + Number(recording) } };
  });
}

function sourcesOf(stdout: string): [live: number, cache: number, recording: number] {
  const { calls } = JSON.parse(stdout).summary.cells[0];
  return [calls.live, calls.cache, calls.recording];
}

Deno.test("deno task eval takes replies from where its mode says, and nowhere else", async () => {
  await using server = await startChatServer({ respond: answerNote });
  await using folder = await temporaryFolder();
  const task = await writeTask(join(folder.path, "notes"), {
    cases: 10,
    models: [{ baseUrl: server.baseUrl }],
    repeats: 2,
  });
  let before = 0;
  const run = async (...flags: string[]) => {
    const ended = await runEval([task, "--format", "json", ...flags], { cwd: folder.path });
    const asked = server.stats().total - before;
    before += asked;
    return { ...ended, asked };
  };
  const auto = await run();
  assert.deepEqual([auto.code, auto.asked], [0, 20], auto.stderr);
  assert.match(auto.stderr, /^Calling live for 20 of 20 cases/);
  assert.deepEqual(sourcesOf(auto.stdout), [20, 0, 0]);

  const again = await run();
  assert.deepEqual([again.code, again.asked], [0, 0]);
  assert.match(again.stderr, /^Replaying 20 .*no request is sent/);
  assert.deepEqual(sourcesOf(again.stdout), [0, 20, 0]);
  assert.deepEqual(totalsOf(again.stdout), totalsOf(auto.stdout));

  const live = await run("--live");
  assert.deepEqual([live.code, live.asked], [0, 20]);
  assert.deepEqual(sourcesOf(live.stdout), [20, 0, 0]);

  const cached = await run("--replay");
  assert.deepEqual([cached.code, cached.asked], [0, 0], "a cached reply can be replayed");

  const otherSeed = await run("--seed", "2", "--limit", "3");
  assert.deepEqual([otherSeed.code, otherSeed.asked], [0, 6], "another seed, another request");

  const record = await run("--record");
  assert.deepEqual([record.code, record.asked], [0, 20], "recordings take nothing from the cache");
  const recordAgain = await run("--record");
  assert.deepEqual([recordAgain.code, recordAgain.asked], [0, 0], "what is recorded is not asked again");
  assert.deepEqual(sourcesOf(recordAgain.stdout), [0, 0, 20]);

  await Deno.remove(join(folder.path, ".assay"), { recursive: true });
  const replay = await run("--replay");
  assert.deepEqual([replay.code, replay.asked], [0, 0]);
  assert.deepEqual(sourcesOf(replay.stdout), [0, 0, 20]);
  assert.deepEqual(totalsOf(replay.stdout), totalsOf(recordAgain.stdout), "record, then replay");
  assert.match(
    replay.stderr,
    /^Replaying 20 real recorded .*\(recordings of \d{4}-\d{2}-\d{2}\); no request is sent\.$/m,
  );

  await server.close();
  const offline = await run();
  assert.deepEqual([offline.code, offline.asked], [0, 0], "auto needs no server for what is recorded");
  const more = await run("--repeats", "3");
  assert.deepEqual([more.code, more.asked], [2, 0], "and says so for what is not");
  assert.match(more.stderr, /Cannot reach the endpoint/);
});

Deno.test("deno task eval --resume keeps the mode of the run, unless told otherwise", async () => {
  await using server = await startChatServer({ respond: answerNote });
  await using folder = await temporaryFolder();
  const task = await writeTask(join(folder.path, "notes"), {
    cases: 4,
    models: [{ baseUrl: server.baseUrl }],
  });
  const run = (...flags: string[]) => runEval([task, ...flags], { cwd: folder.path });
  assert.equal((await run("--live")).code, 0);
  const kept = await run("--resume");
  assert.match(kept.stdout, /^Nothing is left to run: all 4 observations are in the journal\.$/m);
  assert.match(kept.stdout, /mode live\.$/m);
  const told = await run("--resume", "--replay");
  assert.match(told.stdout, /mode replay\.$/m);
  assert.equal(server.stats().total, 4);
});

for (const structure of ["schema", "json_object", "plain"] as const) {
  Deno.test(`deno task eval --show-prompt sends nothing and shows what the server then receives (${structure})`, async () => {
    await using server = await startChatServer({ respond: answerNote });
    await using folder = await temporaryFolder();
    const task = await writeTask(join(folder.path, "notes"), {
      models: [{ baseUrl: server.baseUrl, structure, topP: 0.9, temperature: 0.3 }],
      variants: "one: predict(Notes, { corrections: 0 }), two: chainOfThought(Notes, { corrections: 0 })",
    });
    const flags = ["--show-prompt", "--case", "n7"];
    const text = await runEval([task, ...flags], { cwd: folder.path });
    const json = await runEval([task, ...flags, "--format", "json"], { cwd: folder.path });
    assert.deepEqual([text.code, json.code], [0, 0], text.stderr + json.stderr);
    assert.equal(server.stats().connections, 0);
    assert.deepEqual(
      await Array.fromAsync(Deno.readDir(folder.path), ({ name }) => name),
      ["notes"],
      "no state",
    );

    assert.equal((await runEval([task], { cwd: folder.path })).code, 0);
    const shown = JSON.parse(json.stdout);
    assert.equal(shown.length, 2);
    for (const { messages, schema, sampling, structure: asked, key, cell } of shown) {
      const { temperature, topP, maxTokens, seed } = sampling;
      const received = server.requests().filter((request) =>
        noteNumber(request) === 7 && repeatOf(request) === 0 && request.body.max_tokens === maxTokens
      );
      assert.equal(received.length, 1);
      assert.equal(asked, structure);
      const format = {
        schema: { response_format: { type: "json_schema", json_schema: { ...schema, strict: true } } },
        json_object: { response_format: { type: "json_object" } },
        plain: {},
      }[structure];
      assert.deepEqual(received[0]?.body, {
        model: "test-model",
        messages,
        temperature,
        top_p: topP,
        max_tokens: maxTokens,
        seed,
        ...format,
      });
      assert(text.stdout.includes(`=== ${cell}, case n7\nkey ${key}\n`));
      for (const { role, content } of messages) assert(text.stdout.includes(`--- ${role}\n${content}\n`));
      assert.equal(text.stdout.includes("--- schema notes\n"), structure === "schema");
    }
  });
}

Deno.test("deno task eval lets no slow endpoint hold up another, and never asks more at once than --concurrency", async () => {
  const gate = Promise.withResolvers<void>();
  await using slow = await startChatServer({
    respond: async (request) => {
      await gate.promise;
      return answerNote(request);
    },
  });
  await using quick = await startChatServer({ respond: answerNote });
  await using folder = await temporaryFolder();
  const task = await writeTask(join(folder.path, "notes"), {
    models: [{ baseUrl: slow.baseUrl }, { baseUrl: quick.baseUrl }, {
      baseUrl: quick.baseUrl,
      model: "other",
    }],
    variants: "one: predict(Notes), two: predict(Notes, { maxTokens: 99 })",
  });
  const command = startEval([task, "--concurrency", "3"], { cwd: folder.path });
  await Promise.all([slow.waitFor(3), quick.waitFor(2 * 2 * 20)]);
  assert.equal(slow.stats().total, 3);
  gate.resolve();
  const { code, stdout, stderr } = await command.ended;
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^complete: 120 of 120/m);
  assert.equal(slow.stats().peakInFlight, 3);
  assert(quick.stats().peakInFlight <= 3, `${quick.stats().peakInFlight} at once`);
});

Deno.test("deno task eval takes each model's own concurrency when no other is given", async () => {
  await using server = await startChatServer({ respond: answerNote });
  await using folder = await temporaryFolder();
  const task = await writeTask(join(folder.path, "notes"), {
    cases: 30,
    models: [{ baseUrl: server.baseUrl, concurrency: 2 }],
  });
  assert.equal((await runEval([task], { cwd: folder.path })).code, 0);
  assert(server.stats().peakInFlight <= 2);
});

Deno.test("deno task eval --coverage counts the cases and sends nothing", async () => {
  await using folder = await temporaryFolder();
  const task = await writeTask(join(folder.path, "notes"), {
    models: [{ baseUrl: "http://127.0.0.1:1/v1" }],
  });
  const { code, stdout } = await runEval([task, "--coverage"], { cwd: folder.path });
  assert.equal(code, 0);
  const { cases, coverage, values } = JSON.parse(stdout);
  assert.deepEqual([cases, coverage.common, values.colour], [20, 20, { green: 7, blue: 7, red: 6 }]);
});
