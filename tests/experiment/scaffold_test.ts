import { inferFields } from "@lib/dataset/mod.ts";
import { type Scaffold, scaffoldTask } from "@lib/experiment/mod.ts";
import { literal } from "@lib/experiment/scaffold/literal.ts";
import { taskCode } from "@lib/experiment/scaffold/task_code.ts";
import type { CsvTable } from "@lib/io/mod.ts";
import { stringify } from "csv-stringify/sync";
import fc from "fast-check";
import assert from "node:assert/strict";
import { join } from "node:path";

/** Texts that would be code, or end a literal, a comment, a template or a line, if they were not escaped. */
const PAYLOADS = [
  '"]); globalThis.intruder = 1; ([("',
  "'); globalThis.intruder = 1; ('",
  "`${globalThis.intruder = 1}`",
  "${globalThis.intruder = 1}",
  "*/ globalThis.intruder = 1; /*",
  "// \n globalThis.intruder = 1;",
  "\u2028 globalThis.intruder = 1; \u2029",
  '\\"); globalThis.intruder = 1; //',
  "\u202e;1 = redurtni.sihTlabolg\u202c",
  "</context>",
  "| x | \n| --- |",
  "__proto__",
  "constructor",
];

const hostile = fc.oneof(fc.constantFrom(...PAYLOADS), fc.string({ unit: "binary", maxLength: 20 }));
const columnNames = fc.uniqueArray(hostile.map((name) => name.trim()).filter((name) => name !== ""), {
  minLength: 3,
  maxLength: 3,
});
const cellsOfThree = fc.array(fc.tuple(hostile, hostile, hostile), { minLength: 2, maxLength: 6 });

/** A table with an input, a text output and an output of two labels. */
function makeTable(columns: readonly string[], cells: readonly (readonly string[])[]): CsvTable {
  const labels = cells.slice(0, 2).map((row) => row[2] ?? "");
  const rows = [...cells, ...cells].map((row, index) => ({
    line: index + 2,
    cells: Object.fromEntries([
      [columns[0], `${index} ${row[0]}`],
      [columns[1], `t ${row[1]}`],
      [columns[2], `${labels[index % 2]} l`],
    ]),
  }));
  return { columns: [...columns], rows };
}

async function inFolder(work: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "assay-scaffold-" });
  try {
    await work(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

Deno.test("literal() gives the text back when read as code, on one visible line", () => {
  fc.assert(fc.property(hostile, (text) => {
    const code = literal(text);
    assert.equal(JSON.parse(code), text);
    assert(!/[\p{C}\p{Zl}\p{Zp}]/u.test(code));
  }));
});

Deno.test("taskCode() has the same code round its literals, whatever the table holds", () => {
  const field =
    /^ {4}\w+: (compare\()?z\.(string\(\)|enum\(\[("",? ?)+\]\))(, \{ by: ""(, groundedIn: "")? \}\))?\.describe\(""\),$/;
  const bareLines = (columns: readonly string[], cells: readonly (readonly string[])[]) => {
    const [input = "", ...outputs] = columns;
    const table = inferFields(makeTable(columns, cells), "t.csv", { inputs: [input], outputs });
    const code = taskCode({ name: "t", ...table }).replace("{ compare, signature }", "{ signature }");
    return code.replace(/"(?:[^"\\]|\\.)*"/g, '""').split("\n");
  };
  const expected = bareLines(["mail", "answer", "label"], [["a", "b", "c"], ["d", "e", "f"]]);
  fc.assert(fc.property(columnNames, cellsOfThree, (columns, cells) => {
    const lines = bareLines(columns, cells);
    assert.equal(lines.filter((line) => field.test(line)).length, 3);
    assert.deepEqual(lines.filter((line) => !field.test(line)), expected.filter((line) => !field.test(line)));
  }));
});

Deno.test("scaffoldTask() makes a task whose texts are inert when the table is hostile", async () => {
  await inFolder(async (root) => {
    let count = 0;
    const property = fc.asyncProperty(columnNames, cellsOfThree, async (columns, cells) => {
      const table = makeTable(columns, cells);
      const from = join(root, `${++count}.csv`);
      const rows = table.rows.map((row) => table.columns.map((column) => row.cells[column] ?? ""));
      await Deno.writeTextFile(from, stringify([table.columns, ...rows], { quoted_match: /[\r\n]/ }));
      const [input = "", ...outputs] = columns;
      const made: Scaffold = await scaffoldTask(`task-${count}`, { from, root, inputs: [input], outputs });
      assert.equal(Reflect.get(globalThis, "intruder"), undefined);
      const [, label] = made.table.outputs;
      assert(label);
      const truths = made.task.dataset.cases.map(({ expected }) => expected[label.name]);
      assert.deepEqual(
        truths,
        table.rows.map((row) => (row.cells[columns[2] ?? ""] ?? "").trim()),
      );
    });
    await fc.assert(property, {
      numRuns: 6,
      examples: [[PAYLOADS.slice(0, 3), PAYLOADS.map((text) => [text, text, text])]],
    });
  });
});

Deno.test("scaffoldTask() names the lines of the table when its cases contradict each other", async () => {
  await inFolder(async (root) => {
    const from = join(root, "mails.csv");
    const tasks = join(root, "tasks");
    await Deno.writeTextFile(from, 'My Mail,label\r\n"two\r\nlines",a\r\n\r\nTWO  LINES,b\r\n');
    await assert.rejects(scaffoldTask("t", { from, root: tasks }), (error: Error) => {
      assert.match(error.message, /Contradicting truths/);
      assert(error.message.includes(`${from}, line 5, case c002`), error.message);
      assert.match(error.message, /in case c001 on line 2/);
      return true;
    });
    assert.deepEqual(await names(root), ["mails.csv"]);
  });
});

Deno.test("scaffoldTask() leaves nothing behind and nothing changed when it refuses", async () => {
  await inFolder(async (root) => {
    const from = join(root, "t.csv");
    await Deno.mkdir(join(root, "taken"));
    for (const name of ["", ".", "..", "../up", "a b", "a/b", ".hidden", "x".repeat(61), "tâche"]) {
      await assert.rejects(scaffoldTask(name, { root }), { name: "InputError", message: /Bad name/ });
    }
    await assert.rejects(scaffoldTask("taken", { root }), { name: "InputError", message: /of that name/ });
    await assert.rejects(scaffoldTask("t", { from, root }), { name: "InputError", message: /Cannot read/ });
    for (
      const text of [
        "mail,label\n",
        "mail\nhi\n",
        "mail,label\nhi,\n",
        "id,mail,label\na b,hi,x\n",
        "mail,label,split\nhi,x,half\n",
        "mail,label\nhi,x\nhi,x\n",
        "id,mail,label\na,hi,x\na,ho,x\n",
        "mail,label\nhi\n",
      ]
    ) {
      await Deno.writeTextFile(from, text);
      await assert.rejects(scaffoldTask("t", { from, root }), { name: "InputError" }, text);
    }
    await Deno.writeFile(from, new Uint8Array([0x61, 0xff, 0x0a]));
    await assert.rejects(scaffoldTask("t", { from, root }), /not UTF-8/);
    assert.deepEqual(await names(root), ["t.csv", "taken"]);
    assert.deepEqual(await names(join(root, "taken")), []);
  });
});
