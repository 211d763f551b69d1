import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ChatRequest, startChatServer } from "../servers/chat_server.ts";
import { runEval, temporaryFolder } from "./_command_line.ts";
import { answerNote, noteNumber, noteOf, truthOf, writeTask } from "./_made_up_task.ts";
import { ROOT, runScript } from "./_run_script.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const PRICE = {
  inputPerMillion: 1,
  cachedInputPerMillion: 0.5,
  outputPerMillion: 4,
  source: "made up",
  asOf: "2026-01-01",
};

/** The cases as CSV: note n is a train case for n below 20, dev below 40, else test. */
function csvOf(cases: number, more: readonly number[] = []): string {
  const numbers = [...Array.from({ length: cases }, (_, index) => index + 1), ...more];
  const rows = numbers.map((n) => {
    const { colour, kilos, owner } = truthOf(n);
    const split = n < 20 || more.includes(n) ? "train" : n < 40 ? "dev" : "test";
    return `n${n},"${noteOf(n)}",${colour},${kilos},${owner ?? ""},${split}`;
  });
  return `id,note,colour,kilos,owner,split\n${rows.join("\n")}\n`;
}

/** Right on every note once it has seen an example, else as the made-up server is. */
function answer(request: ChatRequest) {
  const shown = (request.body.messages?.length ?? 0) > 2;
  if (!shown) return answerNote(request);
  return { kind: "reply" as const, content: JSON.stringify(truthOf(noteNumber(request))) };
}

async function writeNotes(folder: string, baseUrl: string, csv = csvOf(50)): Promise<string> {
  return await writeTask(join(folder, "notes"), { csv, models: [{ baseUrl, price: PRICE, concurrency: 4 }] });
}

async function artifactIn(task: string, name = "predict.bootstrap.") {
  for await (const entry of Deno.readDir(join(task, "compiled"))) {
    if (entry.name.startsWith(name)) {
      const path = join(task, "compiled", entry.name);
      return { path, text: await Deno.readTextFile(path), json: JSON.parse(await Deno.readTextFile(path)) };
    }
  }
  throw new Error("There is no artifact");
}

Deno.test("deno task compile makes an artifact that eval runs as a variant, and that refuses its own cases", async () => {
  await using server = await startChatServer({ respond: answer });
  await using folder = await temporaryFolder();
  const task = await writeNotes(folder.path, server.baseUrl);
  const compiled = await runScript("compile", [task], { cwd: folder.path });
  assert.equal(compiled.code, 0, compiled.stderr);
  const { json, path } = await artifactIn(task);
  const line = /^ {2}(predict_bootstrap: .*),$/m.exec(compiled.stdout)?.[1];
  assert(line, compiled.stdout);
  assert.equal(json.demos.notes.length, 4);
  assert.equal(json.tried[0].name, "baseline");
  assert.equal(json.tried[1].right, 20);
  assert.match(compiled.stdout, new RegExp(`Written: ${path}`));

  const variants = `predict: predict(Notes, { corrections: 0 }), ${
    line.replace("compiled(predict,", "compiled(predict(Notes, { corrections: 0 }),")
  }`;
  await writeTask(task, {
    csv: csvOf(50),
    models: [{ baseUrl: server.baseUrl, price: PRICE, concurrency: 4 }],
    variants,
    code: 'import { artifactFile, compiled } from "@lib/program/mod.ts";',
  });
  const test = await runEval([task, "--split", "test", "--format", "json"], { cwd: folder.path });
  assert.equal(test.code, 0, test.stderr);
  const rates = JSON.parse(test.stdout).summary.cells.map((
    cell: { variant: string; accuracy: { passed: number; total: number } },
  ) => [cell.variant, cell.accuracy.passed, cell.accuracy.total]);
  assert.deepEqual(rates, [["predict", 5, 11], ["predict_bootstrap", 11, 11]]);

  const train = await runEval([task, "--split", "train", "--variants", "predict_bootstrap"], {
    cwd: folder.path,
  });
  assert.equal(train.code, 2);
  assert.match(train.stderr, /The case n\d+ would be shown n\d+/);
});

void [fileURLToPath, ROOT];
