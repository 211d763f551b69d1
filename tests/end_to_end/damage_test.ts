import assert from "node:assert/strict";
import { join } from "node:path";
import { startChatServer } from "../servers/chat_server.ts";
import { onlyRun, runEval, temporaryFolder } from "./_command_line.ts";
import { answerNote, noteNumber, writeTask } from "./_made_up_task.ts";
import { identity, rawObservations, tally } from "./_raw_journal.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const CASES = 6;

/** A finished run of six cases, whose journal a test may damage. */
async function finishedRun() {
  const server = await startChatServer({ respond: answerNote });
  const folder = await temporaryFolder();
  const task = await writeTask(join(folder.path, "notes"), {
    cases: CASES,
    models: [{ baseUrl: server.baseUrl, concurrency: 1 }],
  });
  const { code, stdout, stderr } = await runEval([task, "--live", "--format", "json"], { cwd: folder.path });
  assert.equal(code, 0, stderr);
  const run = await onlyRun(folder.path);
  return {
    run,
    journal: join(run, "journal.jsonl"),
    numbers: JSON.parse(stdout).summary.cells[0].categories,
    asked: () => server.requests().slice(CASES).map(noteNumber),
    resume: () => runEval([task, "--resume", "--format", "json"], { cwd: folder.path }),
    async [Symbol.asyncDispose]() {
      await server.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Byte offset at which the last observation starts and ends. */
function lastObservation(bytes: Uint8Array): { start: number; end: number } {
  const text = new TextDecoder("latin1").decode(bytes);
  const start = text.lastIndexOf('{"type":"observation"');
  return { start, end: text.indexOf("\n", start) };
}

for (
  const [where, keep] of [
    ["after its first byte", ({ start }) => start + 1],
    ["in its middle", ({ start, end }) => (start + end) >> 1],
    ["just before its line end", ({ end }) => end],
  ] satisfies [string, (at: { start: number; end: number }) => number][]
) {
  Deno.test(`deno task eval --resume drops a last line that is torn ${where} with a warning and runs its case again`, async () => {
    await using finished = await finishedRun();
    const bytes = await Deno.readFile(finished.journal);
    await Deno.truncate(finished.journal, keep(lastObservation(bytes)));
    const { code, stdout, stderr } = await finished.resume();
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /^warning: .*journal\.jsonl: dropped a torn last line \(line 8\); its case runs again$/m,
    );
    assert.deepEqual(finished.asked(), [CASES]);
    const counts = tally((await rawObservations(finished.run)).map(identity));
    assert.deepEqual(Object.values(counts), Array(CASES).fill(1));
    assert.deepEqual(JSON.parse(stdout).summary.cells[0].categories, finished.numbers);
  });
}

Deno.test("deno task eval --resume drops a last line that is torn inside a character of two bytes", async () => {
  await using finished = await finishedRun();
  await Deno.writeFile(finished.journal, new Uint8Array([...new TextEncoder().encode('{"type":"'), 0xc3]), {
    append: true,
  });
  const { code, stderr } = await finished.resume();
  assert.equal(code, 0, stderr);
  assert.match(stderr, /^warning: .*\(line 10\)/m);
  assert.deepEqual(finished.asked(), []);
});

Deno.test("deno task eval --resume completes a run that was killed before its journal's first line", async () => {
  await using finished = await finishedRun();
  await Deno.remove(finished.journal);
  const { code, stderr } = await finished.resume();
  assert.equal(code, 0, stderr);
  assert.equal((await rawObservations(finished.run)).length, CASES);
});

const DAMAGE: [what: string, spoil: (lines: string[]) => string[], says: RegExp][] = [
  [
    "a line that is cut in its middle",
    (lines) => lines.with(3, lines[3]!.slice(0, 40)),
    /journal\.jsonl, line 4\n/,
  ],
  ["a line of zeros", (lines) => lines.with(4, "\0".repeat(20)), /journal\.jsonl, line 5\n/],
  ["a line of another kind", (lines) => lines.with(2, '{"type":"note"}'), /journal\.jsonl, line 3\n.*note/],
  ["a line that is no object", (lines) => lines.with(2, "null"), /journal\.jsonl, line 3\n/],
  ["an observation twice", (lines) => lines.toSpliced(3, 0, lines[3]!), /twice[^]*journal\.jsonl, line 5\n/],
  ["a missing text line", (lines) => lines.toSpliced(1, 1), /journal\.jsonl, line 2\n/],
  [
    "an observation of no cell",
    (lines) => lines.with(3, lines[3]!.replace("predict/", "other/")),
    /journal\.jsonl, line 4\n/,
  ],
  [
    "an observation without its calls",
    (lines) => lines.with(3, lines[3]!.replace('"calls":', '"called":')),
    /journal\.jsonl, line 4\n/,
  ],
];

Deno.test("deno task eval --resume ends with 2, names the line and calls nothing when its journal holds", async (test) => {
  await using finished = await finishedRun();
  const journal = await Deno.readTextFile(finished.journal);
  for (const [what, spoil, says] of DAMAGE) {
    await test.step(what, async () => {
      const spoilt = spoil(journal.split("\n")).join("\n");
      await Deno.writeTextFile(finished.journal, spoilt);
      const { code, stdout, stderr } = await finished.resume();
      assert.equal(code, 2, `exit ${code}: ${stdout}${stderr}`);
      assert.equal(stdout, "");
      assert.match(stderr, /^error: /);
      assert.match(stderr, says);
      assert.doesNotMatch(stderr, /^ {4}at /m);
      assert.equal(await Deno.readTextFile(finished.journal), spoilt, "a damaged journal is left as it is");
      assert.deepEqual(finished.asked(), []);
    });
  }
});

Deno.test("deno task eval --resume ends with 2 when the manifest is damaged", async () => {
  await using finished = await finishedRun();
  const path = join(finished.run, "manifest.json");
  await Deno.writeTextFile(path, (await Deno.readTextFile(path)).slice(0, 100));
  const { code, stderr } = await finished.resume();
  assert.equal(code, 2);
  assert.match(stderr, /^error: Cannot read a run\n {2}where: .*manifest\.json\n {2}found: /);
});
