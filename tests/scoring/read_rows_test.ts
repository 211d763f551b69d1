import { InputError } from "@lib/io/mod.ts";
import { readRows, type ReadRowsOptions } from "@lib/scoring/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";

async function withFile(text: string, work: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "outputs.jsonl");
    await Deno.writeTextFile(path, text);
    await work(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Reads a text and gives the error it must cause. */
async function refused(text: string, options: ReadRowsOptions = {}): Promise<InputError> {
  let error: unknown;
  await withFile(text, async (path) => {
    error = await readRows(path, { name: "outputs.jsonl", ...options }).then(
      () => undefined,
      (fault) => fault,
    );
  });
  assert(error instanceof InputError, `expected an InputError for ${text}, found ${error}`);
  const { where, found, expected, fix } = error.details;
  for (const part of [where, found, expected, fix]) assert(part, `a part is missing in: ${error.message}`);
  return error;
}

Deno.test("readRows() reads ids, samples and values of any JSON type", async () => {
  const text = [
    '\ufeff{"id":"a","output":"x","expected":null,"model":"m"}',
    "",
    '{"id":7,"sample":1,"output":{"b":[1]}}',
    '{"id":7,"sample":"two","output":null}',
  ].join("\r\n");
  await withFile(text, async (path) => {
    assert.deepEqual(await readRows(path), [
      { id: "a", line: 1, output: "x", expected: null },
      { id: "7", sample: "1", line: 3, output: { b: [1] } },
      { id: "7", sample: "two", line: 4, output: null },
    ]);
  });
});

Deno.test("readRows() names file, line and field when a row is bad", async () => {
  const compare = { by: "number" } as const;
  const faults: [string, ReadRowsOptions, RegExp, RegExp][] = [
    ['{"id":"a"', {}, /as JSON/, /^outputs\.jsonl, line 1$/],
    ["[1]", {}, /not an object/, /line 1$/],
    ['{"output":1}', {}, /no id/, /line 1, field id$/],
    ['{"id":"","output":1}', {}, /Bad id/, /line 1, field id$/],
    ['{"id":1.5,"output":1}', {}, /Bad id/, /line 1, field id$/],
    ['{"id":"a","sample":null,"output":1}', {}, /Bad sample/, /line 1, field sample$/],
    ['\n{"id":"a","ouput":1}', {}, /no output[\s\S]*rename "ouput"/, /line 2, field output$/],
    ['{"id":"a","output":1}', { compare }, /no expected[\s\S]*--task/, /field expected$/],
    ['{"id":"a","output":1,"expected":[1]}', { compare }, /by number/, /field expected$/],
    ['{"id":"a","output":1,"expected":true}', { compare }, /by number/, /field expected$/],
    ['{"id":"a","output":1,"expected":1e999}', { compare: { by: "exact" } }, /too large/, /field expected$/],
    ["", {}, /no row/, /^outputs\.jsonl$/],
  ];
  for (const [text, options, message, where] of faults) {
    const error = await refused(text, options);
    assert.match(error.message, message);
    assert.match(error.details.where ?? "", where);
  }
});

Deno.test("readRows() takes rows of one id for repeats only when each has a sample of its own", async () => {
  const plain = '{"id":"a","output":1}';
  const first = '{"id":"a","sample":1,"output":1}';
  for (const [one, two] of [[plain, plain], [first, first], [plain, first], [first, plain]]) {
    const error = await refused(`${one}\n${two}`);
    assert.match(error.message, /Duplicate id "a"[\s\S]*on line 1/);
    assert.match(error.details.where ?? "", /line 2, field id$/);
  }
});

Deno.test("readRows() gives an InputError when the file cannot be read", async () => {
  await withFile("", async (path) => {
    await assert.rejects(readRows(`${path}.none`), { name: "InputError", message: /Cannot read the file/ });
    await assert.rejects(readRows(join(path, "..")), { name: "InputError", message: /Cannot read the file/ });
  });
});
