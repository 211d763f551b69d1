import assert from "node:assert/strict";
import { checkSyntax } from "../../scripts/_notebooks/check_code.ts";
import { checkOutputs, checkSources } from "../../scripts/_notebooks/check_structure.ts";
import { compareOutputs } from "../../scripts/_notebooks/compare.ts";
import { faultText, type Notebook, type Output, readNotebook } from "../../scripts/_notebooks/notebook.ts";
import { code, fileOf, notebookOf, result, run, write } from "./_notebooks.ts";

const sources = (notebook: Notebook) => checkSources(fileOf(notebook)).map(faultText);
const outputs = (notebook: Notebook) => checkOutputs(fileOf(notebook), notebook).map(faultText);

const shown = (data: Record<string, unknown>): Output => ({
  output_type: "display_data",
  data,
  metadata: {},
});

Deno.test("checkSources() passes a notebook with a title, parameters and named cells", () => {
  assert.deepEqual(sources(notebookOf(code("one", "seed + 1;"))), []);
});

Deno.test("checkSources() names the cell that is empty, shares an id or holds a test", () => {
  const faults = sources(
    notebookOf(
      code("empty", "  \n"),
      code("twin", "1;"),
      code("twin", "2;"),
      code("test", "Deno.test('x', f);"),
    ),
  );
  assert.equal(faults.length, 3);
  assert.match(faults[0] ?? "", /^made_up\.ipynb, cell 3 \[empty\]: is empty/);
  assert.match(faults[1] ?? "", /cell 5 \[twin\]: has the id of another cell/);
  assert.match(faults[2] ?? "", /cell 6 \[test\]: calls Deno\.test/);
});

Deno.test("checkSources() wants a title, tagged parameters and no other metadata", () => {
  const { cells, ...rest } = notebookOf(code("one", "1;"));
  const faults = sources({ ...rest, cells: cells.slice(2), metadata: { ...rest.metadata, widgets: {} } });
  assert.equal(faults.length, 3);
  assert.match(faults.join("\n"), /metadata must be .* found kernelspec,language_info,widgets/);
});

Deno.test("checkOutputs() wants the counts of one clean run", () => {
  const notebook = notebookOf(code("one", "1;"));
  const cells = notebook.cells.map((cell) => cell.id === "one" ? { ...cell, execution_count: 7 } : cell);
  assert.match(
    outputs({ ...notebook, cells }).join(),
    /cell 3 \[one\]: has the execution count 7 instead of 2/,
  );
});

Deno.test("checkOutputs() rejects errors, scripts, paths of a machine and bulk", () => {
  const error: Output = {
    output_type: "error",
    ename: "Error",
    evalue: "no",
    traceback: ["Error: no", "  at x"],
  };
  const cases: [Output, RegExp][] = [
    [error, /ends with Error: no\n {2}at x/],
    [shown({ "text/html": ["<b>x</b>\n", "<script>alert(1)</script>"] }), /HTML with scripts/],
    [shown({ "text/html": "<img src=x onerror=alert(1)>" }), /HTML with scripts/],
    [result('"/home/someone/assay/runs"', 2), /path of one machine: "?\/home\/someone/],
    [result("C:\\Users\\someone", 2), /path of one machine/],
    [result("x".repeat(100_001), 2), /more than 100000 characters/],
  ];
  for (const [output, expected] of cases) {
    assert.match(outputs(notebookOf(code("one", "1;", [output]))).join("\n"), expected);
  }
  const harmless = [
    result("see /runs, 1/2, https://example.org/home/x", 2),
    shown({ "text/html": "<b>on</b>" }),
  ];
  assert.deepEqual(outputs(notebookOf(code("one", "1;", harmless))), []);
});

Deno.test("checkSyntax() names the cell and the line of a syntax error", () => {
  const notebook = notebookOf(
    code("open", "const a = 1;\nif (a) {"),
    code("sound", "await a;\nenum B { C }"),
  );
  const [fault, ...others] = checkSyntax(fileOf(notebook)).map(faultText);
  assert.match(fault ?? "", /^made_up\.ipynb, cell 3 \[open\], line 2: SyntaxError: Expected '}'/);
  assert.deepEqual(others, []);
});

Deno.test("compareOutputs() takes text joined and data in any order, and pictures in pixels by presence", () => {
  const stream = (text: string[]): Output => ({ output_type: "stream", name: "stdout", text });
  const kept = notebookOf(
    code("one", "1;", [stream(["a\n", "b\n"]), shown({ "image/png": "AAAA", "a+json": { x: 1, y: [2] } })]),
  );
  const fresh = notebookOf(
    code("one", "1;", [stream(["a\nb\n"]), shown({ "a+json": { y: [2], x: 1 }, "image/png": "BBBB" })]),
  );
  assert.deepEqual(compareOutputs(fileOf(kept), fresh), []);
});

Deno.test("compareOutputs() shows the lines that differ, of a text, a picture and a missing output", () => {
  const compare = (before: Output[], now: Output[]) =>
    compareOutputs(fileOf(notebookOf(code("one", "1;", before))), notebookOf(code("one", "1;", now)))
      .map(faultText).join("\n");
  assert.match(compare([result("same\nold", 2)], [result("same\nnew", 2)]), /cell 3 \[one\].*\n-old\n\+new/s);
  const svg = (x: number) => shown({ "image/svg+xml": `<svg><a/><b x="${x}"/></svg>` });
  assert.match(compare([svg(1)], [svg(2)]), /\n-<b x="1"\/>\n\+<b x="2"\/>/);
  assert.match(compare([result("1", 2)], []), /\n---- text\/plain\n-1/);
});

Deno.test("readNotebook() names the place in a file that is no notebook", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const notebook = notebookOf(code("one", "1;"));
    const path = await write(folder, "old.ipynb", { ...notebook, nbformat_minor: 4 });
    await assert.rejects(readNotebook(path), /Cannot read a notebook[^]*old\.ipynb, nbformat_minor/);
    await assert.rejects(readNotebook(`${folder}/none.ipynb`), /Cannot read a notebook[^]*none\.ipynb/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("deno task notebooks --check names cell and line of types and lint, and leaves nothing behind", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const notebook = notebookOf(
      code("types", "const text = 'x';\nconst n: number = text;"),
      code("lint", "console.log(n);\nvar old: any = 1;"),
    );
    const path = await write(folder, "bad.ipynb", notebook);
    const { code: exitCode, stderr } = await run("notebooks.ts", ["--check", path]);
    assert.equal(exitCode, 1);
    assert.match(stderr, /bad\.ipynb, cell 3 \[types\], line 2: TS2322.*not assignable to type 'number'/);
    assert.match(stderr, /bad\.ipynb, cell 4 \[lint\], line 2: .*\(no-var\)/);
    assert.match(stderr, /cell 4 \[lint\], line 2: .*\(no-explicit-any\)/);
    assert.match(stderr, /bad\.ipynb: is not formatted/);
    assert.deepEqual((await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name), ["bad.ipynb"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("deno task notebooks says what is wrong with its flags and files", async () => {
  const both = await run("notebooks.ts", ["--check", "--write"]);
  assert.equal(both.code, 2);
  assert.match(both.stderr, /Choose one of --check and --write/);
  const none = await run("notebooks.ts", ["--check", "none.ipynb"]);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /where: +none\.ipynb/);
});
