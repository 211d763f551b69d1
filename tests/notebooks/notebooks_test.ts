import type { RunSummary } from "@lib/experiment/mod.ts";
import { matrixTable } from "@lib/report/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { joined, type NotebookCell, readNotebook } from "../../scripts/_notebooks/notebook.ts";
import { code, notebookOf, result, ROOT, run, start, write } from "./_notebooks.ts";

const SHIPPED = join(ROOT, "notebooks", "01_strategy_by_model.ipynb");

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const plainText = (cell: NotebookCell | undefined) =>
  joined(cell?.outputs?.[0]?.data?.["text/plain"] as string | string[] | undefined);

Deno.test("deno task notebooks runs notebook 01 in a real kernel, twice with the outputs that it keeps", async () => {
  for (let time = 0; time < 2; time++) {
    const { code, stdout, stderr } = await run("notebooks.ts", [SHIPPED]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^01_strategy_by_model\.ipynb: outputs as kept$/m);
  }
});

Deno.test("Notebook 01 shows the table that deno task eval computes", () =>
  withFolder(async (folder) => {
    const { code, stdout, stderr } = await run(
      "eval.ts",
      [
        "ticket_triage",
        "--replay",
        "--format",
        "json",
        "--variants",
        "predict,cot",
        "--split",
        "all",
        "--repeats",
        "2",
      ],
      folder,
    );
    assert.equal(code, 0, stderr);
    const { summary }: { summary: RunSummary } = JSON.parse(stdout);
    const { notebook } = await readNotebook(SHIPPED);
    const shown = plainText(notebook.cells.find(({ id }) => id === "matrix"));
    assert.equal(shown.split("\n\n")[0], matrixTable(summary));
  }));

Deno.test("deno task notebooks names the cell that fails, cannot be parsed, differs, leaves an error or prints past it", () =>
  withFolder(async (folder) => {
    const paths = [
      await write(
        folder,
        "fails.ipynb",
        notebookOf(code("sound", "seed;"), code("boom", "throw new RangeError('no');")),
      ),
      await write(folder, "syntax.ipynb", notebookOf(code("open", "const a = 1;\nif (a) {"))),
      await write(
        folder,
        "differs.ipynb",
        notebookOf(code("same", "1;", [result("1", 2)]), code("changed", "2;", [result("3", 3)])),
      ),
      await write(
        folder,
        "late.ipynb",
        notebookOf(
          code("late", "Promise.reject(new Error('nobody waits'));\nsetTimeout(() => { throw 1; });"),
        ),
      ),
    ];
    const hidden = code(
      "hidden",
      'const { test } = Deno;\ntest("in a cell", () => {\n  throw new Error("unseen");\n});',
    );
    paths.push(await write(folder, "hidden.ipynb", notebookOf(hidden)));
    const before = await Promise.all(paths.map((path) => Deno.readTextFile(path)));
    const { code: exitCode, stdout, stderr } = await run("notebooks.ts", paths);
    assert.equal(exitCode, 1);
    assert.match(stderr, /fails\.ipynb, cell 4 \[boom\]: failed: RangeError: no\n/);
    assert.match(stderr, /syntax\.ipynb, cell 3 \[open\], line 2: SyntaxError/);
    assert.match(
      stderr,
      /differs\.ipynb, cell 4 \[changed\]: has other outputs than the file keeps[^]*\n-3\n\+2\n/,
    );
    assert.doesNotMatch(stderr, /\[same\]/);
    assert.match(
      stderr,
      /late\.ipynb, cell 3 \[late\]: leaves an error that nothing waits for: Error: nobody waits/,
    );
    assert.match(stderr, /hidden\.ipynb: prints past its cells: in a cell [^]*unseen/);
    assert.deepEqual(stdout.match(/: failed$/gm)?.length, 5);
    assert.deepEqual(await Promise.all(paths.map((path) => Deno.readTextFile(path))), before);
  }));

Deno.test("deno task notebooks --write keeps every output in order, then a second run finds them as kept", () =>
  withFolder(async (folder) => {
    const many = Array.from({ length: 20 }, (_, index) => code(`cell-${index}`, `${index} * seed;`));
    const mixed = code(
      "mixed",
      'console.log("a");\nconsole.log("b");\nconsole.error("c");\nconsole.log("d");\n' +
        '({ [Symbol.for("Jupyter.display")]: () => Promise.resolve({ "text/plain": "shown", "application/x+json": { z: 1, a: [] } }) });',
    );
    const path = await write(folder, "new.ipynb", notebookOf(...many, mixed));
    const written = await run("notebooks.ts", ["--write", path]);
    assert.equal(written.code, 0, written.stderr);
    const { notebook: { cells } } = await readNotebook(path);
    assert.deepEqual(
      cells.slice(2, 22).map(plainText),
      many.map(({ source }) => joined(source).replace(" * seed;", "")),
    );
    assert.deepEqual(
      cells.slice(1).map((cell) => cell.execution_count),
      cells.slice(1).map((_, index) => index + 1),
    );
    assert.deepEqual(cells.at(-1)?.outputs, [
      { output_type: "stream", name: "stdout", text: ["a\n", "b\n"] },
      { output_type: "stream", name: "stderr", text: ["c\n"] },
      { output_type: "stream", name: "stdout", text: ["d\n"] },
      {
        output_type: "execute_result",
        data: { "application/x+json": { a: [], z: 1 }, "text/plain": ["shown"] },
        metadata: {},
        execution_count: 22,
      },
    ]);
    const checked = await run("notebooks.ts", ["--check", path]);
    assert.equal(checked.code, 0, checked.stderr);
    const again = await run("notebooks.ts", [path]);
    assert.equal(again.code, 0, again.stderr);
  }));

Deno.test("deno task notebooks gives up on a cell that does not end", () =>
  withFolder(async (folder) => {
    const path = await write(
      folder,
      "stuck.ipynb",
      notebookOf(code("stuck", "await new Promise(() => {});")),
    );
    const { code: exitCode, stderr } = await run("notebooks.ts", ["--timeout", "5", path]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /cell 3 \[stuck\]: failed: did not end within 5 s/);
  }));

Deno.test({
  name: "deno task notebooks ends with 143 on SIGTERM, and its kernel with it",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder(async (folder) => {
      const source = 'Deno.writeTextFileSync("pid", String(Deno.pid));\nawait new Promise(() => {});';
      const path = await write(folder, "long.ipynb", notebookOf(code("long", source)));
      const child = start("notebooks.ts", [path]);
      const pid = await appears(join(folder, "pid"));
      child.kill("SIGTERM");
      assert.equal((await child.output()).code, 143);
      await gone(Number(pid));
    }),
});

async function appears(path: string): Promise<string> {
  for (let tries = 0; tries < 600; tries++) {
    const text = await Deno.readTextFile(path).catch(() => "");
    if (text) return text;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${path} did not appear`);
}

async function gone(pid: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      Deno.kill(pid, "SIGCONT"); // harmless; throws once the process is gone
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`Process ${pid} goes on`);
}
