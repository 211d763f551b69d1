import { againstBaseline, evaluate, loadTask } from "@lib/experiment/mod.ts";
import { InputError } from "@lib/io/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../end_to_end/_command_line.ts";
import { noteNumber, truthOf, writeTask } from "../end_to_end/_made_up_task.ts";
import { startChatServer } from "../servers/chat_server.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** A run of two variants on two models: `one` is right on notes 1 to 5, `two` on 4 to 10, on either model. */
async function finishedRun(folder: string): Promise<string> {
  await using server = await startChatServer({
    respond: (request) => {
      const n = noteNumber(request);
      const right = request.body.max_tokens === 99 ? n >= 4 : n <= 5;
      return { kind: "reply", content: JSON.stringify(right ? truthOf(n) : { ...truthOf(n), kilos: -1 }) };
    },
  });
  const path = await writeTask(join(folder, "notes"), {
    cases: 10,
    models: [{ baseUrl: server.baseUrl, model: "a" }, { baseUrl: server.baseUrl, model: "b" }],
    variants: "one: predict(Notes), two: predict(Notes, { maxTokens: 99 })",
  });
  return (await evaluate(await loadTask(path), { stateFolder: join(folder, "state") })).folder;
}

const short = (id: string) => `${id.split("/")[0]} ${id.split("#")[1]}`;

Deno.test("againstBaseline() pairs every cell of another variant with the baseline on its own model", async () => {
  await using folder = await temporaryFolder();
  const changes = await againstBaseline(await finishedRun(folder.path), "one");
  assert.deepEqual(changes.map(({ cell, baseline, ...counts }) => [short(cell), short(baseline), counts]), [
    ["two a", "one a", { pairs: 10, newlyRight: 5, newlyWrong: 3 }],
    ["two b", "one b", { pairs: 10, newlyRight: 5, newlyWrong: 3 }],
  ]);
});

Deno.test("againstBaseline() compares every other cell with one cell when given its id", async () => {
  await using folder = await temporaryFolder();
  const run = await finishedRun(folder.path);
  const [first] = await againstBaseline(run, "one");
  const changes = await againstBaseline(run, first?.baseline ?? "");
  assert.deepEqual(changes.map(({ cell, newlyRight, newlyWrong }) => [short(cell), newlyRight, newlyWrong]), [
    ["two a", 5, 3],
    ["one b", 0, 0],
    ["two b", 5, 3],
  ]);
});

Deno.test("againstBaseline() counts only cases that both cells have when a run is not complete", async () => {
  await using folder = await temporaryFolder();
  const run = await finishedRun(folder.path);
  const journal = join(run, "journal.jsonl");
  const lines = (await Deno.readTextFile(journal)).split("\n");
  // the baseline lost a case that was newly right, the other cell one that was newly wrong
  const kept = lines.filter((line) =>
    !(line.includes('"cell":"one/') && line.includes('"case":"n9"')) &&
    !(line.includes('"cell":"two/') && line.includes('"case":"n1"'))
  );
  await Deno.writeTextFile(journal, kept.join("\n"));
  for (const { pairs, newlyRight, newlyWrong } of await againstBaseline(run, "one")) {
    assert.deepEqual([pairs, newlyRight, newlyWrong], [8, 4, 2]);
  }
});

Deno.test("againstBaseline() throws an InputError when the run has no such variant or cell", async () => {
  await using folder = await temporaryFolder();
  await assert.rejects(againstBaseline(await finishedRun(folder.path), "oen"), InputError);
});
