import { scaffoldTask } from "@lib/experiment/mod.ts";
import { stringify } from "csv-stringify/sync";
import assert from "node:assert/strict";
import { join } from "node:path";
import { lastUserText, startChatServer } from "../servers/chat_server.ts";
import { ROOT, runDeno, runScript } from "./_run_script.ts";

async function inFolder(work: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "assay-init-test-" });
  try {
    await work(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("init makes tasks that pass the gate and load, from an example and from any texts", async () => {
  await inFolder(async (root) => {
    const example = await runScript("init", ["first_task", "--folder", root], { cwd: root });
    assert.deepEqual([example.code, example.stderr], [0, ""]);
    assert.equal((example.stdout.match(/^ {2}deno task (eval|model) .+$/gm) ?? []).length, 3);

    const table = [
      ["Body `${x}` */", 'tone"', 'label",\n1', "split", "unused"],
      ['first "quoted"\nline', "`${1}`", 'a"b', "test", ""],
      ["second */ text", '\\"', "a\u2028c", "train", ""],
      ["third", "plain", 'a"b', "train", ""],
      ["fourth", "plain", "a\u2028c", "dev", ""],
    ];
    const from = join(root, "mails.csv");
    await Deno.writeTextFile(from, stringify(table));
    const columns = ["--inputs", "Body `${x}` */", "--outputs", 'tone"'];
    const made = await runScript("init", ["triage", "--from", from, "--folder", root, ...columns], {
      cwd: root,
    });
    assert.deepEqual([made.code, made.stderr], [0, ""]);
    assert.match(made.stdout, /input: +body_x \(text\)/);
    assert.match(made.stdout, /output: +tone \(text\), compared by text/);
    assert.match(made.stdout, /kept: +split/);
    assert.match(made.stdout, /left out: label",·1, unused/);
    assert.match(made.stdout, /note: +column "Body `\$\{x\}` \*\/" is called body_x/);

    const config = ["--config", join(ROOT, "deno.json")];
    const tasks = ["first_task", "triage"].map((name) => join(root, name, "task.ts"));
    for (
      const args of [["fmt", "--check", ...config, root], ["lint", ...config, root], [
        "check",
        ...config,
        ...tasks,
      ]]
    ) {
      const { code, stderr } = await runDeno(args);
      assert.equal(code, 0, `deno ${args.join(" ")}: ${stderr}`);
    }
    const shown = await runScript("eval", [join(root, "triage"), "--show-prompt", "--case", "c001"], {
      cwd: root,
    });
    assert.equal(shown.code, 0, shown.stderr);
    assert(shown.stdout.includes('<body_x>\nfirst "quoted"\nline\n</body_x>'), shown.stdout);
  });
});

Deno.test("init makes a task that eval runs at once", async () => {
  await inFolder(async (root) => {
    const { folder, task } = await scaffoldTask("first_task", { root });
    const coverage = await runScript("eval", [folder, "--coverage"], { cwd: root });
    assert.equal(JSON.parse(coverage.stdout).cases, 4);
    const truths = new Map(
      task.dataset.cases.map(({ input, expected }) => [`<message>\n${input.message}\n</message>`, expected]),
    );
    await using server = await startChatServer({
      answer: (request) => JSON.stringify({ reasoning: "As it says.", ...truths.get(lastUserText(request)) }),
    });
    const models = ["--models", `${server.baseUrl}#m`, "--live"];
    const run = await runScript("eval", [folder, ...models, "--format", "json"], { cwd: root });
    assert.equal(run.code, 0, run.stderr);
    const cells: Cell[] = JSON.parse(run.stdout).summary.cells;
    assert.deepEqual(cells.map(({ variant, accuracy: { passed, total } }) => [variant, passed, total]), [
      ["predict", 4, 4],
      ["cot", 4, 4],
    ]);
    assert.equal(server.stats().total, 8);
  });
});

Deno.test("init exits 2 and leaves nothing behind when its input is bad", async () => {
  await inFolder(async (root) => {
    await Deno.writeTextFile(join(root, "twice.csv"), "mail,label\nhi,x\nho,y\nHI,x\n");
    const cases: [string[], RegExp][] = [
      [["../up"], /Bad name/],
      [["t", "--from", "twice.csv"], /Duplicate input\n {2}where: {4}twice\.csv, line 4/],
      [["t", "--inputs", "mail"], /go with --from/],
      [[], /missing required argument/],
    ];
    for (const [args, message] of cases) {
      const { code, stdout, stderr } = await runScript("init", [...args, "--folder", join(root, "tasks")], {
        cwd: root,
      });
      assert.equal(code, 2, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, message);
    }
    assert.deepEqual(await Array.fromAsync(Deno.readDir(root), ({ name }) => name), ["twice.csv"]);
  });
});

Deno.test("init never writes into a folder that exists", async () => {
  await inFolder(async (root) => {
    await Deno.mkdir(join(root, "mine"));
    await Deno.writeTextFile(join(root, "mine", "task.ts"), "// mine\n");
    const { code, stderr } = await runScript("init", ["mine", "--folder", root], { cwd: root });
    assert.equal(code, 2);
    assert.match(stderr, /of that name/);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(join(root, "mine")), ({ name }) => name), [
      "task.ts",
    ]);
    assert.equal(await Deno.readTextFile(join(root, "mine", "task.ts")), "// mine\n");
  });
});

/** What this test reads of a cell's summary. */
interface Cell {
  variant: string;
  accuracy: { passed: number; total: number };
}
