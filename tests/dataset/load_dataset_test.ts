import { loadDataset } from "@lib/dataset/mod.ts";
import { InputError } from "@lib/io/mod.ts";
import { compare, percent, signature } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { z } from "zod";

Deno.test.sanitizer({ ops: true, resources: true });

const Claim = signature({
  name: "claim",
  instructions: "",
  input: { text: z.string().min(1), pages: z.number().int().optional() },
  output: {
    kind: z.enum(["bill", "letter"]),
    order: compare(z.string().nullable(), { by: "exact", groundedIn: "text" }),
    share: percent().nullable(),
    urgent: z.boolean(),
    tags: z.array(z.string()),
    level: z.literal([1, 2]).nullable(),
  },
});
const HEADER = "id,text,pages,kind,order,share,urgent,tags,level";

async function withFile<T>(
  name: string,
  text: string | Uint8Array,
  work: (path: string) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "assay-test-" });
  try {
    const path = join(folder, name);
    await Deno.writeFile(path, typeof text === "string" ? new TextEncoder().encode(text) : text);
    return await work(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const loadCsv = (text: string) => withFile("cases.csv", text, (path) => loadDataset(path, Claim));
const loadLines = (...lines: unknown[]) =>
  withFile(
    "cases.jsonl",
    lines.map((line) => JSON.stringify(line)).join("\n") + "\n",
    (path) => loadDataset(path, Claim),
  );

const EXPECTED = { kind: "bill", order: null, share: null, urgent: false, tags: [], level: null };
const line = (id: string, text: string, more: Record<string, unknown> = {}) => ({
  id,
  input: { text },
  expected: EXPECTED,
  ...more,
});

/** Checks what an error says, piece by piece; file names are cut to their last part. */
async function assertInputError(
  work: Promise<unknown>,
  pieces: Partial<Record<string, string | RegExp>>,
): Promise<void> {
  const error = await work.then(() => undefined, (reason) => reason);
  assert(error instanceof InputError, String(error));
  const said: Record<string, string> = {
    what: error.message.split("\n")[0] ?? "",
    ...error.details as Record<string, string>,
  };
  for (const [piece, wanted] of Object.entries(pieces)) {
    const found = (said[piece] ?? "").replace(/^\/.*\//, "");
    if (typeof wanted === "string") assert.equal(found, wanted, error.message);
    else assert.match(found, wanted!, error.message);
  }
}

Deno.test("loadDataset() reads every cell as its field's type, and an empty cell of a nullable field as null", async () => {
  const { cases } = await loadCsv(
    `${HEADER},coverage,split,group,session,origin,note\n` +
      `a1,"Order KT-1, please",3,bill,KT-1,12.5,TRUE,"[""a"",""b""]",2,edge,train,g1,s1,mail,why\n` +
      `a2,Nothing,,letter,,,false,[],,,,,,,\n`,
  );
  const [first, second] = cases;
  assert.deepEqual(first, {
    id: "a1",
    input: { text: "Order KT-1, please", pages: 3 },
    expected: { kind: "bill", order: "KT-1", share: 12.5, urgent: true, tags: ["a", "b"], level: 2 },
    coverage: "edge",
    split: "train",
    group: "g1",
    session: "s1",
    origin: "mail",
    note: "why",
    line: 2,
  });
  assert.deepEqual({ ...second?.input, pages: undefined }, { text: "Nothing", pages: undefined });
  assert.deepEqual(second?.expected, {
    kind: "letter",
    order: null,
    share: null,
    urgent: false,
    tags: [],
    level: null,
  });
  assert.deepEqual([second?.coverage, second?.origin], ["common", "authored"]);
});

Deno.test("loadDataset() reads the same cases from CSV and from JSONL, with the same digest", async () => {
  const fromCsv = await loadCsv(
    `${HEADER},split\na1,One,,bill,,,false,[],,test\na2,Two,,bill,,,false,[],,dev\n`,
  );
  const fromLines = await loadLines(
    line("a1", "One", { split: "test" }),
    line("a2", "Two", { split: "dev" }),
  );
  assert.equal(fromCsv.digest, fromLines.digest);
  const plain = (cases: typeof fromCsv.cases) => cases.map(({ line: _, ...rest }) => JSON.stringify(rest));
  assert.deepEqual(plain(fromCsv.cases), plain(fromLines.cases));
});

Deno.test("loadDataset() gives another digest when a truth, an input, a split or the order changes, but not for a note or an empty line", async () => {
  const base = await loadLines(line("a1", "One"), line("a2", "Two"));
  const digestOf = async (...lines: unknown[]) => (await loadLines(...lines)).digest;
  assert.equal(await digestOf(line("a1", "One", { note: "n" }), line("a2", "Two")), base.digest);
  assert.notEqual(await digestOf(line("a1", "One"), line("a2", "Two!")), base.digest);
  assert.notEqual(await digestOf(line("a1", "One"), line("a2", "Two", { coverage: "edge" })), base.digest);
  assert.notEqual(await digestOf(line("a2", "Two"), line("a1", "One")), base.digest);
  assert.notEqual(
    await digestOf(line("a1", "One"), { ...line("a2", "Two"), expected: { ...EXPECTED, kind: "letter" } }),
    base.digest,
  );
  const spaced = await withFile(
    "cases.jsonl",
    `\n${JSON.stringify(line("a1", "One"))}\n\n${JSON.stringify(line("a2", "Two"))}`,
    (path) => loadDataset(path, Claim),
  );
  assert.equal(spaced.digest, base.digest);
  assert.deepEqual(spaced.cases.map((entry) => entry.line), [2, 4]);
});

for (const [name, end] of [["LF", "\n"], ["CRLF", "\r\n"], ["CR", "\r"]] as const) {
  Deno.test(`loadDataset() counts lines as an editor does when lines end in ${name} and cells hold line ends`, async () => {
    const rows = [
      HEADER,
      'a1,"One\n\nstill one",,bill,,,false,[],',
      "a2,Two,,bill,,,false,[],",
      "",
      'a3,"Three ""quoted"",\nyes",,bill,,,false,[],',
      "a4,Four,,bill,,,false,[],",
    ];
    const { cases } = await loadCsv(rows.join("\n").replaceAll("\n", end));
    assert.deepEqual(cases.map((entry) => entry.line), [2, 5, 7, 9]);
    assert.equal(cases[2]?.input.text, `Three "quoted",${end}yes`);
  });
}

Deno.test("loadDataset() takes columns in any order, and spaces round their names", async () => {
  const { cases } = await loadCsv(
    `level, urgent ,tags,share,order,kind,text,id,pages\n,true,[],,,bill,One,a1,\n`,
  );
  assert.deepEqual([cases[0]?.id, cases[0]?.expected.urgent], ["a1", true]);
});

Deno.test("loadDataset() gives a case without a split one by its group, then its session, then its id", async () => {
  const { cases } = await loadLines(
    ...Array.from({ length: 12 }, (_, index) => line(`g${index}`, `in a group ${index}`, { group: "one" })),
    ...Array.from(
      { length: 12 },
      (_, index) => line(`s${index}`, `in a session ${index}`, { session: "two" }),
    ),
  );
  const splits = (from: number) => new Set(cases.slice(from, from + 12).map(({ split }) => split));
  assert.equal(splits(0).size, 1);
  assert.equal(splits(12).size, 1);
});

const row = (cells: string) => loadCsv(`${HEADER}\n${cells}\n`);
const BAD_CELLS: [what: string, cells: string, field: string, found: RegExp][] = [
  ["NaN", "a1,One,,bill,,NaN,false,[],", "share", /^"NaN"$/],
  ["Infinity", "a1,One,,bill,,Infinity,false,[],", "share", /^"Infinity"$/],
  ["a hexadecimal number", "a1,One,,bill,,0x10,false,[],", "share", /^"0x10"$/],
  ["a number with a unit", "a1,One,,bill,,10%,false,[],", "share", /^"10%"$/],
  ["a number out of range", "a1,One,,bill,,101,false,[],", "share", /^101$/],
  ["a broken whole number", "a1,One,1.5,bill,,,false,[],", "pages", /^1\.5$/],
  ["yes for a truth value", "a1,One,,bill,,,yes,[],", "urgent", /^"yes"$/],
  ["a list without brackets", "a1,One,,bill,,,false,a;b,", "tags", /^"a;b"$/],
  ["a member of the wrong type", "a1,One,,bill,,,false,[1],", "tags.0", /^1$/],
  ["a label in another case", "a1,One,,Bill,,,false,[],", "kind", /^"Bill"$/],
  ["a literal that is none of them", "a1,One,,bill,,,false,[],3", "level", /3/],
  ["nothing where a text is required", "a1,,,bill,,,false,[],", "text", /^""$/],
];
for (const [what, cells, field, found] of BAD_CELLS) {
  Deno.test(`loadDataset() names line, case, field and value when a cell holds ${what}`, async () => {
    await assertInputError(row(cells), {
      where: `cases.csv, line 2, case a1, field ${field}`,
      found,
      expected: /./,
      fix: /./,
    });
  });
}

for (const id of ["../up", "a/b", "a..b", ".hidden", "-dash", "a b", "é", "a".repeat(101), "a\u0000b"]) {
  Deno.test(`loadDataset() refuses the id ${JSON.stringify(id).slice(0, 20)}`, async () => {
    await assertInputError(loadLines(line(id, "One")), {
      where: "cases.jsonl, line 1, field id",
      what: "Bad case id",
    });
  });
}

Deno.test("loadDataset() refuses an id that is no text in JSONL", async () => {
  await assertInputError(loadLines({ ...line("", "One"), id: 7 }), {
    where: "cases.jsonl, line 1, field id",
    found: "7",
  });
});

const BAD_LINES: [what: string, value: unknown, pieces: Partial<Record<string, string | RegExp>>][] = [
  ["a key too many", { ...line("a1", "One"), expectd: 1 }, {
    what: 'Unknown column "expectd"',
    where: "cases.jsonl, line 1",
  }],
  ["no truth", { id: "a1", input: { text: "One" } }, {
    what: 'Missing column "expected"',
    where: "cases.jsonl, line 1",
  }],
  ["an input key too many", { ...line("a1", "One"), input: { text: "One", txt: "Two" } }, {
    what: 'Unknown column "txt"',
    where: "cases.jsonl, line 1",
    fix: 'did you mean "text"?',
  }],
  ["a misspelt truth", { ...line("a1", "One"), expected: { ...EXPECTED, urgnt: true } }, {
    what: 'Unknown column "urgnt"',
    fix: 'did you mean "urgent"?',
  }],
  ["a truth too little", { ...line("a1", "One"), expected: { ...EXPECTED, urgent: undefined } }, {
    where: "cases.jsonl, line 1, case a1, field urgent",
    found: "nothing",
  }],
  ["an input that is a text", { ...line("a1", "One"), input: "One" }, {
    where: "cases.jsonl, line 1, case a1",
    found: '"One"',
  }],
  ["a list", [1], { what: "A case is not an object", where: "cases.jsonl, line 1" }],
  ["a group that is a number", line("a1", "One", { group: 7 }), {
    where: "cases.jsonl, line 1, field group",
    found: "7",
  }],
];
for (const [what, value, pieces] of BAD_LINES) {
  Deno.test(`loadDataset() refuses a line of JSONL that holds ${what}`, () =>
    assertInputError(loadLines(value), pieces));
}

Deno.test("loadDataset() refuses JSONL that was cut off, with its line", async () => {
  const text = `${JSON.stringify(line("a1", "One"))}\n{"id":"a2","inp`;
  await assertInputError(withFile("cases.jsonl", text, (path) => loadDataset(path, Claim)), {
    where: "cases.jsonl, line 2",
  });
});

Deno.test("loadDataset() finds the same input under another case, other spaces and other forms of Unicode", async () => {
  await assertInputError(loadLines(line("a1", "Café  ONE"), line("a2", "cafe\u0301 one")), {
    what: "Duplicate input",
    where: "cases.jsonl, line 2, case a2",
    found: "the same input as case a1 on line 1",
  });
});

Deno.test("loadDataset() tells a contradiction from a mere duplicate", async () => {
  const other = { ...line("a2", "One"), expected: { ...EXPECTED, kind: "letter" } };
  await assertInputError(loadLines(line("a1", "One"), other), {
    what: "Contradicting truths for the same input",
    found: /"kind":"letter".* here, .*"kind":"bill".* in case a1 on line 1/,
  });
});

Deno.test("loadDataset() refuses a truth that only begins like a word of the input", async () => {
  const of = (order: string) => ({ ...line("a1", "Order KT-482130"), expected: { ...EXPECTED, order } });
  await assertInputError(loadLines(of("KT-48213")), { where: "cases.jsonl, line 1, case a1, field order" });
  assert.equal((await loadLines(of("KT-482130"))).cases.length, 1);
});

for (const key of ["group", "session"]) {
  Deno.test(`loadDataset() refuses a ${key} across two splits, wherever its cases stand`, async () => {
    const lines = [
      line("a1", "One", { [key]: "x", split: "train" }),
      line("a2", "Two", { split: "test" }),
      line("a3", "Three", { [key]: "x", split: "test" }),
    ];
    await assertInputError(loadLines(...lines), {
      what: `The ${key} x spans two splits`,
      where: "cases.jsonl, line 3",
    });
  });
}

Deno.test("loadDataset() refuses a file of another kind, a folder and bytes that are not UTF-8", async () => {
  await assertInputError(withFile("cases.xlsx", "x", (path) => loadDataset(path, Claim)), {
    what: "Unknown kind of dataset",
  });
  for (const name of ["folder.csv", "folder.jsonl"]) {
    await assertInputError(
      withFile("x", "", async (path) => {
        const folder = join(path, "..", name);
        await Deno.mkdir(folder);
        await loadDataset(folder, Claim);
      }),
      { what: "Cannot read the dataset", where: name },
    );
  }
  for (const name of ["cases.csv", "cases.jsonl"]) {
    await assertInputError(
      withFile(name, new Uint8Array([0x22, 0xe9, 0x22, 10]), (path) => loadDataset(path, Claim)),
      {
        where: new RegExp(`^${name}`),
      },
    );
  }
});

Deno.test("loadDataset() refuses a file without a case", async () => {
  for (
    const [name, text] of [["cases.csv", `${HEADER}\n`], ["cases.jsonl", ""], [
      "cases.jsonl",
      "\n\n",
    ]] as const
  ) {
    await assertInputError(withFile(name, text, (path) => loadDataset(path, Claim)), {
      what: "The dataset has no case",
    });
  }
});
