import assert from "node:assert/strict";
import { join } from "node:path";
import { type ChatRequest, startChatServer } from "../servers/chat_server.ts";
import { type Ended, runEval, temporaryFolder } from "./_command_line.ts";
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

/** Starts the command; the caller may send it a signal. */
function startCompile(
  args: readonly string[],
  cwd: string,
): { kill(signal: Deno.Signal): void; ended: Promise<Ended> } {
  const script = join(ROOT, "scripts", "compile.ts");
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", "--config", join(ROOT, "deno.json"), script, ...args],
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return {
    kill: (signal) => child.kill(signal),
    ended: child.output().then(({ code, stdout, stderr }) => ({
      code,
      stdout: text(stdout),
      stderr: text(stderr),
    })),
  };
}

/** An artifact without its day. */
function undated(text: string): string {
  return text.replace(/^ {2}"createdAt": ".*",\n/m, "");
}

Deno.test("deno task compile goes on after kill -9 with at most what was in flight asked again, to the same artifact", async () => {
  let hangFrom = Infinity;
  await using server = await startChatServer({
    respond: (request, n) => n >= hangFrom ? { kind: "hang" } : answer(request),
  });
  await using folder = await temporaryFolder();
  const task = await writeNotes(folder.path, server.baseUrl, csvOf(45));
  const flags = [task, "--optimizer", "search", "--seed", "7"];
  const [whole, killed] = ["whole", "killed"].map((name) => join(folder.path, name));
  for (const cwd of [whole, killed]) await Deno.mkdir(cwd!);

  const undisturbed = await startCompile([...flags, "--out", join(whole!, "a.json")], whole!).ended;
  assert.equal(undisturbed.code, 0, undisturbed.stderr);
  const needed = server.stats().total;
  assert(needed > 100, `${needed} requests`);

  const again = [...flags, "--out", join(killed!, "a.json")];
  for (const answered of [16, 30]) {
    hangFrom = server.stats().total + answered + 1;
    const running = startCompile(again, killed!);
    await server.waitFor(hangFrom + 3); // every place of the endpoint is taken by a request that hangs
    running.kill("SIGKILL");
    assert.equal((await running.ended).code, 137);
  }
  hangFrom = Infinity;
  const last = await startCompile(again, killed!).ended;
  assert.equal(last.code, 0, last.stderr);
  const repeated = server.stats().total - 2 * needed;
  assert.equal(repeated, 2 * 4, "those that were in flight, twice");
  const [one, other] = [whole, killed].map((cwd) => undated(Deno.readTextFileSync(join(cwd!, "a.json"))));
  assert.equal(one, other);

  const asked = server.stats().total;
  const repeat = await startCompile(again, killed!).ended;
  assert.equal(repeat.code, 0);
  assert.match(repeat.stdout, /^Unchanged: /m);
  assert.equal(server.stats().total, asked, "everything is in the cache");
});

Deno.test("deno task compile ends by its limits with the best that was measured, and exit code 4", async () => {
  await using server = await startChatServer({ respond: answer });
  await using folder = await temporaryFolder();
  const task = await writeNotes(folder.path, server.baseUrl);
  const compile = (...flags: string[]) => runScript("compile", [task, ...flags], { cwd: folder.path });

  const early = await compile("--max-calls", "10");
  assert.equal(early.code, 4, early.stderr);
  assert.match(
    early.stderr,
    /error: the limit ended it before anything was measured; no artifact was written/,
  );
  assert.equal(server.stats().total, 10);

  const calls = await compile("--max-calls", "24");
  assert.equal(calls.code, 4);
  assert.match(calls.stderr, /With a higher one the same command goes on/);
  assert.match(calls.stdout, /^budget: 24 requests, stored ones included/m);
  assert.equal(server.stats().total, 24, "the first ten are in the cache, and count again");
  const { json, path } = await artifactIn(task);
  assert.deepEqual([json.status, json.chosen, json.demos], ["budget", "baseline", {}]);
  await Deno.remove(path);

  const usd = await compile("--budget-usd", "0.000001", "--format", "json");
  assert.equal(usd.code, 4);
  const { status, artifact, out, exitCode } = JSON.parse(usd.stdout);
  assert.deepEqual([status, artifact, out, exitCode], ["budget", null, null, 4]);
});

Deno.test("deno task compile ends with exit code 3 and no file when the infrastructure fails", async () => {
  await using server = await startChatServer({ respond: () => ({ kind: "status", status: 401 }) });
  await using folder = await temporaryFolder();
  const task = await writeNotes(folder.path, server.baseUrl);
  const { code, stderr, stdout } = await runScript("compile", [task], { cwd: folder.path });
  assert.equal(code, 3);
  assert.match(stderr, /error: too many cases failed by infrastructure/);
  assert.match(stdout, /^errors: /m);
  await assert.rejects(artifactIn(task));
  assert(server.stats().total <= 11 + 7, `${server.stats().total} requests`);
});

Deno.test("deno task compile learns from a failure that was added to the train cases", async () => {
  await using server = await startChatServer({ respond: answer });
  await using folder = await temporaryFolder();
  // notes 5 to 9 and 15 to 19 are answered rightly, so ten examples are more than four
  const csv = csvOf(45).split("\n").filter((line) => !/^n(5|6|7|8|15|16|17|18),/.test(line)).join("\n");
  const task = await writeNotes(folder.path, server.baseUrl, csv);
  const compile = async () => {
    const { code, stderr } = await runScript("compile", [task], { cwd: folder.path });
    assert.equal(code, 0, stderr);
    return (await artifactIn(task)).json;
  };
  const ids = (json: { demos: { notes: { case: { id: string } }[] } }) =>
    json.demos.notes.map((demo) => demo.case.id);
  const first = await compile();
  assert(ids(first).includes("n9") && !ids(first).includes("n106"));
  const { colour, kilos, owner } = truthOf(106);
  await Deno.writeTextFile(
    join(task, "cases.csv"),
    `${csv.trimEnd()}\nn106,"${noteOf(106)}",${colour},${kilos},${owner ?? ""},train\n`,
  );
  const second = await compile();
  assert(ids(second).includes("n106"), `${ids(second)}`);
  assert.notEqual(second.digest, first.digest);
  assert.notEqual(second.digests.dataset, first.digests.dataset);
});

Deno.test("deno task compile says what is wrong before a request, with exit code 2", async () => {
  await using server = await startChatServer({ respond: answer });
  await using folder = await temporaryFolder();
  const task = await writeTask(join(folder.path, "notes"), {
    csv: csvOf(45),
    models: [{ baseUrl: server.baseUrl }, { baseUrl: server.baseUrl, model: "other-model" }],
    variants: "predict: predict(Notes), cot: chainOfThought(Notes)",
  });
  const only = ["--variant", "predict", "--model", "test-model"];
  const faults: [string[], RegExp][] = [
    [[], /Which variant\?[\s\S]*predict, cot/],
    [["--variant", "predict"], /Which model\?[\s\S]*#test-model, .*#other-model/],
    [["--variant", "predcit"], /Unknown variant "predcit"[\s\S]*did you mean predict/],
    [[...only, "--optimizer", "bootstrp"], /Unknown optimizer "bootstrp"[\s\S]*did you mean bootstrap/],
    [[...only, "--prompt", "none"], /Unknown prompt "none"/],
    [[...only, "--max-calls", "0"], /--max-calls[\s\S]*an integer from 1/],
    [[...only, "--budget-usd", "1"], /The price of .*#test-model is unknown/],
    [[...only, "--live", "--replay"], /Choose one of --live, --replay, --record/],
    [[...only, "--format", "xml"], /Unknown format/],
    [[...only, "--replay"], /was never recorded[\s\S]*compile without --replay/],
    [[...only, "--nonsense"], /unknown option '--nonsense'/],
  ];
  const ended = await Promise.all(
    faults.map(([flags]) => runScript("compile", [task, ...flags], { cwd: folder.path })),
  );
  for (const [index, [flags, message]] of faults.entries()) {
    const { code, stderr } = ended[index]!;
    assert.equal(code, 2, `${flags}: ${stderr}`);
    assert.match(stderr, message);
  }
  assert.equal(server.stats().total, 0);
});

Deno.test("deno task compile --record keeps replies with the task, so that it replays anywhere", async () => {
  await using folder = await temporaryFolder();
  let task: string;
  {
    await using server = await startChatServer({ respond: answer });
    task = await writeNotes(folder.path, server.baseUrl);
    const recorded = await runScript("compile", [task, "--record"], { cwd: folder.path });
    assert.equal(recorded.code, 0, recorded.stderr);
  }
  const { path, text } = await artifactIn(task);
  await Deno.remove(path);
  await Deno.remove(join(folder.path, ".assay"), { recursive: true }).catch(() => undefined);
  const replayed = await runScript("compile", [task, "--replay"], { cwd: folder.path });
  assert.equal(replayed.code, 0, replayed.stderr);
  assert.equal(undated((await artifactIn(task)).text), undated(text));
});

Deno.test("deno task compile ends at Ctrl-C with exit code 130, and the same command goes on", async () => {
  let holding = true;
  await using server = await startChatServer({
    respond: (request, n) => holding && n >= 10 ? { kind: "hang" } : answer(request),
  });
  await using folder = await temporaryFolder();
  const task = await writeNotes(folder.path, server.baseUrl);
  const running = startCompile([task], folder.path);
  await server.waitFor(13); // every place of the endpoint is taken by a request that hangs
  running.kill("SIGINT");
  const { code, stderr } = await running.ended;
  assert.equal(code, 130, stderr);
  assert.match(stderr, /Interrupted\. The same command goes on/);
  holding = false;
  const last = await startCompile([task], folder.path).ended;
  assert.equal(last.code, 0, last.stderr);
});

Deno.test("deno task compile --help teaches what it does, and where its file goes", async () => {
  const { code, stdout } = await runScript("compile", ["--help"]);
  assert.equal(code, 0);
  for (
    const word of [
      /--optimizer <NAME>\s+one of: bootstrap/,
      /artifactFile\(/,
      /Exit codes: 0 done/,
      /--split test/,
    ]
  ) {
    assert.match(stdout, word);
  }
});
