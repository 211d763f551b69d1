import assert from "node:assert/strict";
import { join } from "node:path";
import { startChatServer } from "../servers/chat_server.ts";
import { runEval, runFolders, temporaryFolder } from "./_command_line.ts";
import { answerNote, csvOf, type MadeUpTask, writeTask } from "./_made_up_task.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** Nothing listens there. */
const NOWHERE = "http://127.0.0.1:1/v1";
const HEADER = "id,note,colour,kilos,owner";
const GOOD = `a1,"Note 1: a green box",green,2,`;

interface BadInput {
  what: string;
  args?: readonly string[];
  task?: Partial<MadeUpTask>;
  /** Changes files of the task. */
  spoil?: (folder: string) => Promise<void>;
  /** Name of the task in place of its folder; `null` for none. */
  name?: string;
  /** What stderr must say: parts of it, in order. */
  says: readonly string[];
}

/** Runs a command on bad input and checks what every such command must do. */
async function assertRefused({ args = [], task, spoil, name, says }: BadInput): Promise<void> {
  await using folder = await temporaryFolder();
  const path = await writeTask(join(folder.path, "notes"), { models: [{ baseUrl: NOWHERE }], ...task });
  await spoil?.(path);
  const { code, stdout, stderr } = await runEval([name ?? path, ...args], { cwd: folder.path });
  assert.equal(code, 2, `exit ${code}\n${stdout}${stderr}`);
  assert.equal(stdout, "");
  assert.match(stderr, /^error: /);
  assert.doesNotMatch(
    stderr,
    /^ {4}at |Uncaught|undefined|NaN\b(?!")|\[object/m,
    "no stack trace, no leftovers",
  );
  let rest = stderr;
  for (const part of says) {
    const at = rest.indexOf(part);
    assert(at !== -1, `${JSON.stringify(part)} is not in, or not in this order in:\n${stderr}`);
    rest = rest.slice(at + part.length);
  }
  assert.deepEqual(await runFolders(folder.path), [], "no run");
}

const csv = (text: string): Pick<BadInput, "task"> => ({ task: { csv: text } });
const rows = (...lines: string[]) => csv([HEADER, ...lines].join("\n") + "\n");

const FLAGS: BadInput[] = [
  {
    what: "a task is unknown",
    name: "ticket_triag",
    says: ["ticket_triag", "where:", "did you mean ticket_triage?"],
  },
  { what: "a task's folder has no task.ts", name: "./nothing", says: ["./nothing", "where:", "fix:"] },
  {
    what: "a variant is unknown",
    args: ["--variants", "predcit"],
    says: ['"predcit"', "--variants", "one of: predict", "did you mean predict?"],
  },
  {
    what: "a model is unknown",
    args: ["--models", "test-modle"],
    says: ['"test-modle"', "--models", NOWHERE, "BASE_URL#NAME"],
  },
  {
    what: "a prompt is unknown",
    args: ["--prompts", "sorrt"],
    says: ['"sorrt"', "--prompts", "one of: sort", "did you mean sort?"],
  },
  {
    what: "a split is unknown",
    args: ["--split", "tests"],
    says: ['"tests"', "--split", "train, dev, test", "did you mean test?"],
  },
  {
    what: "a flag is unknown",
    args: ["--variant", "predict"],
    says: ["--variant", "Did you mean --variants?"],
  },
  { what: "a flag lacks its value", args: ["--limit"], says: ["--limit <N>", "argument missing"] },
  { what: "there are two tasks", args: ["other"], says: ["too many arguments"] },
  { what: "--limit is 0", args: ["--limit", "0"], says: ["--limit", "found:", '"0"', "an integer from 1"] },
  { what: "--limit is a word", args: ["--limit", "all"], says: ["--limit", '"all"', "an integer from 1"] },
  { what: "--repeats is 1.5", args: ["--repeats", "1.5"], says: ["--repeats", '"1.5"', "an integer from 1"] },
  { what: "--seed is empty", args: ["--seed", ""], says: ["--seed", '""', "an integer from 0"] },
  {
    what: "--concurrency is 0",
    args: ["--concurrency", "0"],
    says: ["--concurrency", '"0"', "an integer from 1"],
  },
  { what: "--gate is 80", args: ["--gate", "80"], says: ["--gate", '"80"', "a number from 0 to 1"] },
  { what: "--budget-usd is 0", args: ["--budget-usd", "0"], says: ["--budget-usd", '"0"', "above 0"] },
  {
    what: "--budget-usd is a word",
    args: ["--budget-usd", "much"],
    says: ["--budget-usd", '"much"', "above 0"],
  },
  {
    what: "a budget cannot be kept as a price is unknown",
    args: ["--budget-usd", "1"],
    says: [`${NOWHERE}#test-model`, "--budget-usd", "price: {"],
  },
  { what: "the format is unknown", args: ["--format", "xml"], says: ["--format", "xml", "text or json"] },
  { what: "the engine is unknown", args: ["--engine", "moon"], says: ["--engine", "moon", "local"] },
  { what: "two modes are asked for", args: ["--live", "--replay"], says: ["--live, --replay, --record"] },
  { what: "--case stands alone", args: ["--case", "n1"], says: ["--case", "--show-prompt"] },
  {
    what: "--show-prompt is asked for an unknown case",
    args: ["--show-prompt", "--case", "n21"],
    says: ['"n21"', "--case", "20 chosen cases: n1, n2, n3, n4, n5, …", "did you mean n"],
  },
  {
    what: "the baseline is unknown",
    args: ["--baseline", "predcit"],
    says: ['"predcit"', "--baseline", "did you mean predict?"],
  },
  { what: "no variant is named", args: ["--variants", ","], says: ["Nothing to run", "--variants"] },
  { what: "no model is named", args: ["--models", ""], says: ["Nothing to run", "--models"] },
  {
    what: "no case is of the split",
    args: ["--split", "train"],
    task: { csv: `${HEADER},split\n${GOOD},test\n` },
    says: ["Nothing to run", "--split train"],
  },
  {
    what: "there is no run to resume",
    args: ["--resume"],
    says: ["no run to resume", "where:", "without --resume"],
  },
  {
    what: "the run to resume is unknown",
    args: ["--resume", "notes-1"],
    says: ['"notes-1"', "where:", "there is none yet"],
  },
  {
    what: "a resumed run is given a selection",
    args: ["--resume", "--limit", "3"],
    says: ["--limit", "start a new run"],
  },
  {
    what: "an endpoint is down",
    args: ["--live"],
    says: [`${NOWHERE}#test-model`, "where:", NOWHERE, "found:", "refused", "start that server"],
  },
  {
    what: "a local model does not run",
    args: ["--models", "local:qwen2.5-coder-0.5b", "--live"],
    says: ["local:qwen2.5-coder-0.5b is not running", "deno task model qwen2.5-coder-0.5b"],
  },
  {
    what: "the variable of a key is missing",
    args: ["--live"],
    task: { models: [{ baseUrl: NOWHERE, apiKeyEnv: "ASSAY_TEST_MISSING_KEY" }] },
    says: ["Missing key", "ASSAY_TEST_MISSING_KEY", "export ASSAY_TEST_MISSING_KEY="],
  },
  {
    what: "a replayed request was never recorded",
    args: ["--replay"],
    says: ["was never recorded", NOWHERE, "--record"],
  },
];

const DATASETS: BadInput[] = [
  {
    what: "the dataset is a folder",
    spoil: async (path) => {
      await Deno.remove(join(path, "cases.csv"));
      await Deno.mkdir(join(path, "cases.csv"));
    },
    says: ["Cannot read the dataset", "cases.csv", "found:", "expected:"],
  },
  {
    what: "the dataset is missing",
    spoil: (path) => Deno.remove(join(path, "cases.csv")),
    says: ["Cannot read the dataset", "cases.csv", "found:", "expected:"],
  },
  {
    what: "the dataset is not UTF-8",
    spoil: (path) => Deno.writeFile(join(path, "cases.csv"), new Uint8Array([105, 100, 0xe9, 10])),
    says: ["cases.csv", "not UTF-8", "UTF-8 file"],
  },
  { what: "the dataset is empty", ...csv(""), says: ["Empty", "cases.csv", "header line"] },
  { what: "the dataset is a byte order mark", ...csv("\uFEFF"), says: ["Empty", "cases.csv", "header line"] },
  { what: "the dataset is a header only", ...rows(), says: ["no case", "cases.csv", "at least one"] },
  {
    what: "a column is missing",
    ...csv("id,note,color,kilos,owner\n"),
    says: [
      '"colour"',
      "cases.csv, line 1",
      "found:",
      "color",
      "expected:",
      "id, note, colour, kilos, owner",
      'rename "color"',
    ],
  },
  {
    what: "there is an extra column",
    ...csv(`${HEADER},hint\n${GOOD},x\n`),
    says: ['"hint"', "cases.csv, line 1", "found:", "expected:", "fix:"],
  },
  {
    what: "a column is there twice",
    ...csv(`${HEADER},note\n${GOOD},x\n`),
    says: ["Duplicate column", "cases.csv, line 1", '"note"', "expected:", "fix:"],
  },
  {
    what: "a row is short",
    ...rows(GOOD, 'a2,"two, kept\nlines",red,3'),
    says: ["too short", "cases.csv, line 3", "4 cells", "5 cells", "quote cells"],
  },
  {
    what: "a row is long",
    ...rows("a2,one, two,red,3,Ann"),
    says: ["too long", "cases.csv, line 2", "6 cells", "5 cells", "quote cells"],
  },
  {
    what: "a quote is not closed",
    ...rows(GOOD, 'a2,"Note 2: a red box,red,3,'),
    says: ["cases.csv, line 3", "found:", "expected:"],
  },
  {
    what: "a quote stands inside a cell",
    ...rows(GOOD, 'a2,Note "2": a red box,red,3,'),
    says: ["cases.csv, line 3", "found:", "expected:"],
  },
  {
    what: "a value is not of the enum",
    ...rows(GOOD, "a2,Note 2,purple,3,"),
    says: ["cases.csv, line 3, case a2, field colour", '"purple"', '"red"|"green"|"blue"', "fix:"],
  },
  {
    what: "a number is NaN",
    ...rows("a1,Note 1,red,NaN,"),
    says: ["cases.csv, line 2, case a1, field kilos", '"NaN"', "number", "fix:"],
  },
  {
    what: "a number is empty",
    ...rows("a1,Note 1,red,,"),
    says: ["cases.csv, line 2, case a1, field kilos", "found:", "number", "fix:"],
  },
  {
    what: "a required text is empty",
    ...rows("a1,,red,2,"),
    says: ["cases.csv, line 2, case a1, field note", "found:", "expected:", "fix:"],
  },
  {
    what: "an id is there twice",
    ...rows(GOOD, "a1,Note 2,red,3,"),
    says: ['"a1"', "cases.csv, line 3", "line 2", "fix:"],
  },
  {
    what: "an input is there twice",
    ...rows(GOOD, 'a2,"NOTE 1:  a green box",green,2,'),
    says: ["Duplicate input", "cases.csv, line 3, case a2", "case a1 on line 2", "fix:"],
  },
  {
    what: "truths contradict each other",
    ...rows(GOOD, 'a2,"Note 1: a green box",red,2,'),
    says: [
      "Contradicting truths",
      "cases.csv, line 3, case a2",
      '"red"',
      '"green"',
      "case a1 on line 2",
      "fix:",
    ],
  },
  {
    what: "a truth is not grounded",
    ...rows("a1,Note 1: ask Ann-11,red,2,Ann-1"),
    says: ["cases.csv, line 2, case a1, field owner", '"Ann-1"', "note", "fix:"],
  },
  {
    what: "an id climbs out of its folder",
    ...rows("../a1,Note 1,red,2,"),
    says: ["cases.csv, line 2, field id", "../a1", "expected:", "fix:"],
  },
  {
    what: "an id is empty",
    ...rows(",Note 1,red,2,"),
    says: ["cases.csv, line 2, field id", '""', "expected:", "fix:"],
  },
  {
    what: "a split is misspelt",
    ...csv(`${HEADER},split\n${GOOD},tests\n`),
    says: ["cases.csv, line 2, field split", '"tests"', "train, dev, test", "did you mean test?"],
  },
  {
    what: "a group spans two splits",
    ...csv(`${HEADER},split,group\n${GOOD},test,g\na2,Note 2,red,3,,train,g\n`),
    says: ["group g", "cases.csv, line 3", "train here, test on line 2", "expected:"],
  },
];

const TASKS: BadInput[] = [
  {
    what: "a prompt file is missing",
    spoil: (path) => Deno.remove(join(path, "prompts", "sort.md")),
    says: ["prompt file", "sort.md", "found:", "expected:"],
  },
  {
    what: "a prompt file is empty",
    spoil: (path) => Deno.writeTextFile(join(path, "prompts", "sort.md"), "\n"),
    says: ["Empty prompt file", "sort.md"],
  },
  {
    what: "a task file exports no experiment",
    spoil: (path) => Deno.writeTextFile(join(path, "task.ts"), "export default 1;\n"),
    says: ["exports no experiment", "task.ts", "export default experiment("],
  },
  {
    what: "a task file does not parse",
    spoil: (path) => Deno.writeTextFile(join(path, "task.ts"), "export default (;\n"),
    says: ["Cannot load a task file", "task.ts", "found:", "expected:", "fix:"],
  },
  {
    what: "a task file throws",
    task: { code: "null.toString();" },
    says: ["Cannot load a task file", "task.ts, line ", "found:", "null", "fix:"],
  },
  {
    what: "a program is made wrongly",
    task: { variants: "predict: predict(Notes, { corrections: -1 })" },
    says: ["Cannot load a task file", "task.ts, line ", "corrections"],
  },
  {
    what: "two models have one name",
    task: { models: [{ baseUrl: NOWHERE, temperature: 0 }, { baseUrl: NOWHERE, temperature: 1 }] },
    says: ["Two models of one name", "notes", `${NOWHERE}#test-model`, "fix:"],
  },
];

for (const input of [...FLAGS, ...DATASETS, ...TASKS]) {
  Deno.test(`deno task eval ends with 2 and makes no run when ${input.what}`, () => assertRefused(input));
}

Deno.test({
  name: "deno task eval ends with 2 when the dataset may not be read (root reads everything)",
  ignore: Deno.build.os === "windows" || Deno.uid() === 0,
  fn: () =>
    assertRefused({
      what: "",
      spoil: (path) => Deno.chmod(join(path, "cases.csv"), 0),
      says: ["Cannot read the dataset", "cases.csv", "found:", "ermission denied"],
    }),
});

Deno.test("deno task eval --help ends with 0 and shows every flag, examples and exit codes", async () => {
  await using folder = await temporaryFolder();
  const { code, stdout, stderr } = await runEval(["--help"], { cwd: folder.path });
  assert.deepEqual([code, stderr], [0, ""]);
  const flags =
    "variants models prompts repeats limit split concurrency budget-usd seed resume live replay record " +
    "baseline gate fields engine format show-prompt case coverage";
  for (const flag of flags.split(" ")) assert.match(stdout, new RegExp(`^ +--${flag} .*\\S`, "m"));
  assert.match(stdout, /^Examples:$/m);
  assert.match(stdout, /^Exit codes: 0 done/m);
});

Deno.test("deno task eval asks no endpoint before all that it needs can be reached", async () => {
  await using server = await startChatServer({ respond: answerNote });
  const task = { models: [{ baseUrl: server.baseUrl }, { baseUrl: NOWHERE }] };
  await assertRefused({ what: "", task, says: [`Cannot reach the endpoint of ${NOWHERE}#test-model`] });
  assert.equal(server.stats().total, 0);
});

Deno.test("deno task eval --record leaves no recordings file behind when the endpoint is down", async () => {
  await using folder = await temporaryFolder();
  const task = await writeTask(join(folder.path, "notes"), { models: [{ baseUrl: NOWHERE }] });
  const { code } = await runEval([task, "--record"], { cwd: folder.path });
  assert.equal(code, 2);
  const files = await Array.fromAsync(Deno.readDir(task), ({ name }) => name);
  assert.deepEqual(files.sort(), ["cases.csv", "prompts", "task.ts"]);
});

Deno.test("deno task eval reads a byte order mark, CRLF and quoted line ends as they were meant", async () => {
  await using server = await startChatServer({ respond: answerNote });
  await using folder = await temporaryFolder();
  const notes = csvOf(9).replace("a note", "").replace('"Note 6: the', '"Note 6: ""the""\n\n');
  const task = await writeTask(join(folder.path, "notes"), {
    models: [{ baseUrl: server.baseUrl }],
    csv: `\uFEFF${notes.replaceAll("\n", "\r\n")}\r\n`,
  });
  const { code, stdout, stderr } = await runEval([task, "--format", "json"], { cwd: folder.path });
  assert.equal(code, 0, stderr);
  assert.equal(JSON.parse(stdout).summary.cells[0].accuracy.total, 9);
  const sent = server.requests().map(({ body }) => body.messages.at(-1)?.content);
  assert(
    sent.some((text) => text === `<note>\nNote 6: "the"\r\n\r\n red box weighs 7 kg, ask Ann-6.\n</note>`),
  );
  assert(sent.some((text) => text === `<note>\nNote 7: the green box weighs 1 kg, ask Ann-7.\n</note>`));
});
