import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { startChatServer } from "../servers/chat_server.ts";
import { onlyRun, runEval, runFolders, temporaryFolder } from "./_command_line.ts";
import { answerNote, writeTask } from "./_made_up_task.ts";

Deno.test.sanitizer({ ops: true, resources: true });

interface Change {
  what: string;
  file: string;
  from: string;
  to: string;
  /** What the message must name. */
  says: RegExp;
}

const CHANGES: Change[] = [
  {
    what: "a truth",
    file: "cases.csv",
    from: ",green,2,",
    to: ",green,3,",
    says: /changed since it began: the dataset$/m,
  },
  { what: "a case less", file: "cases.csv", from: "n1,", to: "x1,", says: /: the dataset$/m },
  { what: "a prompt", file: "prompts/sort.md", from: "Sort", to: "Order", says: /: prompt sort$/m },
  {
    what: "a description of the signature",
    file: "task.ts",
    from: "Colour of the box",
    to: "Its colour",
    says: /: the signature, variant one, variant two$/m,
  },
  {
    what: "a comparator",
    file: "task.ts",
    from: 'by: "exact"',
    to: 'by: "text"',
    says: /: the signature, variant one, variant two$/m,
  },
  {
    what: "one variant",
    file: "task.ts",
    from: "maxTokens: 99",
    to: "maxTokens: 98",
    says: /: variant two$/m,
  },
  {
    what: "the variants",
    file: "task.ts",
    from: "two:",
    to: "second:",
    says: /: variant two, variant second$/m,
  },
  {
    what: "the temperature of a model",
    file: "task.ts",
    from: '"temperature":0.5',
    to: '"temperature":0.6',
    says: /: model http.*#test-model$/m,
  },
  {
    what: "the number of repeats",
    file: "task.ts",
    from: "repeats: 1",
    to: "repeats: 2",
    says: /: the number of repeats$/m,
  },
];

Deno.test("deno task eval --resume is refused with the name of what changed since the run began", async (test) => {
  await using server = await startChatServer({ respond: answerNote });
  await using folder = await temporaryFolder();
  const task = await writeTask(join(folder.path, "notes"), {
    models: [{ baseUrl: server.baseUrl, temperature: 0.5 }],
    variants: "one: predict(Notes), two: predict(Notes, { maxTokens: 99 })",
  });
  const first = await runEval([task], { cwd: folder.path });
  assert.equal(first.code, 0, first.stderr);
  const run = await onlyRun(folder.path);
  const journal = await Deno.readTextFile(join(run, "journal.jsonl"));
  const sent = server.stats().total;

  for (const { what, file, from, to, says } of CHANGES) {
    await test.step(what, async () => {
      const path = join(task, file);
      const text = await Deno.readTextFile(path);
      assert(text.includes(from));
      await Deno.writeTextFile(path, text.replaceAll(from, to));
      try {
        const { code, stderr, stdout } = await runEval([task, "--resume", basename(run)], {
          cwd: folder.path,
        });
        assert.equal(code, 2, stdout);
        assert.match(stderr, /^error: Cannot resume a run whose inputs have changed\n/);
        assert(stderr.includes(`run ${basename(run)}`));
        assert.match(stderr, says);
        assert.match(stderr, /fix: +start a new run without --resume/);
      } finally {
        await Deno.writeTextFile(path, text);
      }
    });
  }
  assert.equal(server.stats().total, sent);
  assert.equal(await Deno.readTextFile(join(run, "journal.jsonl")), journal, "the journal was not touched");

  const { code, stderr } = await runEval([task, "--resume"], { cwd: folder.path });
  assert.equal(code, 0, stderr);
});

Deno.test("deno task eval --resume goes on when only what no reply depends on has changed", async () => {
  await using server = await startChatServer({ respond: answerNote });
  await using folder = await temporaryFolder();
  const task = await writeTask(join(folder.path, "notes"), {
    models: [{ baseUrl: server.baseUrl, concurrency: 3 }],
  });
  assert.equal((await runEval([task], { cwd: folder.path })).code, 0);
  const path = join(task, "task.ts");
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, text.replace('"concurrency":3', '"concurrency":5'));
  const { code, stderr } = await runEval([task, "--resume"], { cwd: folder.path });
  assert.equal(code, 0, stderr);
});

Deno.test("deno task eval --resume names the variant when one that the run had chosen is gone", async () => {
  await using server = await startChatServer({ respond: answerNote });
  await using folder = await temporaryFolder();
  const task = await writeTask(join(folder.path, "notes"), {
    models: [{ baseUrl: server.baseUrl }],
    variants: "one: predict(Notes), two: predict(Notes, { maxTokens: 99 })",
  });
  assert.equal((await runEval([task, "--variants", "two"], { cwd: folder.path })).code, 0);
  const path = join(task, "task.ts");
  await Deno.writeTextFile(path, (await Deno.readTextFile(path)).replace("two:", "second:"));
  const { code, stderr } = await runEval([task, "--resume"], { cwd: folder.path });
  assert.equal(code, 2);
  assert.match(stderr, /"two"/);
  assert.match(stderr, /run notes-/, "says that it is the run that names it");
});

Deno.test("deno task eval --resume is refused when the run is one of another task", async () => {
  await using server = await startChatServer({ respond: answerNote });
  await using folder = await temporaryFolder();
  const models = [{ baseUrl: server.baseUrl }];
  const notes = await writeTask(join(folder.path, "notes"), { models });
  const other = await writeTask(join(folder.path, "other"), { models });
  const path = join(other, "task.ts");
  await Deno.writeTextFile(
    path,
    (await Deno.readTextFile(path)).replace('name: "notes",\n  dataset', 'name: "other",\n  dataset'),
  );
  assert.equal((await runEval([notes], { cwd: folder.path })).code, 0);
  const run = basename(await onlyRun(folder.path));
  const { code, stderr } = await runEval([other, "--resume", run], { cwd: folder.path });
  assert.equal(code, 2);
  assert.match(stderr, /another task\n.*\n.*found: .*task notes\n.*expected: .*task other\n.*--resume/);
  assert.match(
    (await runEval([other, "--resume"], { cwd: folder.path })).stderr,
    /There is no run to resume/,
  );
  assert.equal((await runFolders(folder.path)).length, 1);
});
