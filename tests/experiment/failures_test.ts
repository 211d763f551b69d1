import {
  evaluate,
  type EvaluateOptions,
  FAILURES,
  keepFailures,
  openTask,
  readFailures,
  type Task,
} from "@lib/experiment/mod.ts";
import { InputError } from "@lib/io/mod.ts";
import { predict, type Program, retrieval } from "@lib/program/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../end_to_end/_command_line.ts";
import { answerTo, Refund } from "../program/_strategies.ts";
import { type Behaviour, type ChatRequest, startChatServer } from "../servers/chat_server.ts";
import { refundRow, refundTask, rightAnswer, rolloutOf, ticketNumber } from "./_refund_task.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const once = predict(Refund, { corrections: 0 });
const VARIANTS = {
  plain: once,
  learning: retrieval(once, { k: 3, includeFailures: true }),
  aloof: retrieval(once, { k: 3 }),
} as unknown as Record<string, Program>;

/** Tickets 1 to 4 train, 5 and 6 are dev, 11 to 14 test. */
const CASES = [1, 2, 3, 4, 5, 6, 11, 12, 13, 14].map((n) =>
  refundRow(n, { split: n < 5 ? "train" : n < 10 ? "dev" : "test" })
);

/** Wrong about tickets 2, 5, 12 and 13, prose about 3. */
function answer(request: ChatRequest): Behaviour {
  const n = ticketNumber(request);
  if (n === 3) return { kind: "reply", content: "It depends." };
  if (![2, 5, 12, 13].includes(n)) return rightAnswer(request);
  return { kind: "reply", content: answerTo(request, "late", 90 + rolloutOf(request)) };
}

interface Setting {
  folder: string;
  /** The task as it is now on the disk. */
  open: () => Promise<Task>;
  run: (options?: EvaluateOptions) => ReturnType<typeof evaluate>;
}

async function withTask<T>(
  { baseUrl = "http://127.0.0.1:1/v1", repeats = 1, cases = CASES }: {
    baseUrl?: string;
    repeats?: number;
    cases?: typeof CASES;
  },
  work: (setting: Setting) => Promise<T>,
): Promise<T> {
  await using temporary = await temporaryFolder();
  const folder = join(temporary.path, "refunds");
  const made = await refundTask({ folder, models: [{ baseUrl }], variants: VARIANTS, cases, repeats });
  const open = () => openTask(made.experiment, folder);
  return await work({
    folder,
    open,
    run: async (options) =>
      await evaluate(await open(), {
        stateFolder: join(temporary.path, "state"),
        mode: "live",
        variants: ["plain"],
        policy: { retries: 0 },
        ...options,
      }),
  });
}

const kept = (changes: Record<string, unknown> = {}) => ({
  case: "r2",
  cell: "plain/inline/m",
  run: "refunds-1",
  at: "2026-03-01T00:00:00Z",
  mistake: { reason: "late", share: 90 },
  ...changes,
});
const BROKEN: [what: string, line: string, says: RegExp][] = [
  [
    "a case that is unknown",
    JSON.stringify(kept({ case: "r99" })),
    /A failure of a case that the dataset does not have[^]*r99/,
  ],
  ["a test case", JSON.stringify(kept({ case: "r12" })), /of a test case[^]*case r12 of split test/],
  ["a line that is no JSON", '{"case": "r2"', /Cannot read a line as JSON/],
  ["a line without a mistake", JSON.stringify(kept({ mistake: undefined })), /A line is no failure/],
  ["a mistake that is no object", JSON.stringify(kept({ mistake: [1] })), /A line is no failure/],
  ["a number for a case", JSON.stringify(kept({ case: 2 })), /A line is no failure/],
  ["null", "null", /A line is no failure/],
];
for (const [what, line, says] of BROKEN) {
  for (const end of ["\n", ""]) {
    Deno.test(`failures.jsonl with ${what}${end ? "" : ", at the end of the file,"} is refused with file and line`, async () => {
      await withTask({}, async ({ folder, open }) => {
        await Deno.writeTextFile(join(folder, FAILURES), `${JSON.stringify(kept())}\n\n${line}${end}`);
        const error = await open().catch((reason) => reason);
        assert(error instanceof InputError, String(error));
        assert.match(error.message, says);
        assert.match(error.message, /failures\.jsonl, line 3/);
      });
    });
  }
}

Deno.test("a task without failures.jsonl keeps none", async () => {
  await withTask({}, async ({ open }) => assert.deepEqual((await open()).failures, []));
});

Deno.test("keepFailures() keeps wrong outputs of train and dev cases, the latest of each, and counts those of test cases", async () => {
  await using server = await startChatServer({ respond: answer });
  await withTask({ baseUrl: server.baseUrl, repeats: 2 }, async ({ folder, open, run }) => {
    const { folder: runFolder } = await run({ concurrency: 1 });
    const { dataset } = await open();
    const first = await keepFailures(runFolder, folder, dataset);
    assert.deepEqual(first, { kept: 2, added: 2, ofTestCases: 4 });
    const failures = await readFailures(folder, dataset);
    assert.deepEqual(failures.map(({ case: id, mistake }) => [id, mistake]), [
      ["r2", { reason: "late", share: 91 }], // of repeat 1, the later one
      ["r5", { reason: "late", share: 91 }],
    ]);
    assert.deepEqual(new Set(failures.map(({ run }) => run)), new Set([runFolder.split("/").at(-1)]));
    assert.deepEqual(await keepFailures(runFolder, folder, dataset), { kept: 2, added: 0, ofTestCases: 4 });
    assert.deepEqual(await readFailures(folder, dataset), failures);
  });
});

Deno.test("keepFailures() does not put the mistake of an older run in place of a newer one", async () => {
  let share = 99;
  await using server = await startChatServer({
    respond: (request) =>
      ticketNumber(request) === 2
        ? { kind: "reply", content: JSON.stringify({ reason: "late", share }) }
        : rightAnswer(request),
  });
  await withTask({ baseUrl: server.baseUrl }, async ({ folder, open, run }) => {
    const { dataset } = await open();
    const older = await run();
    share = 88;
    const newer = await run();
    for (const { folder: runFolder } of [newer, older]) await keepFailures(runFolder, folder, dataset);
    assert.deepEqual((await readFailures(folder, dataset)).map(({ mistake }) => mistake.share), [88]);
  });
});

Deno.test("keepFailures() adds to what is kept, and writes nothing where nothing was wrong", async () => {
  let wrong = [2];
  await using server = await startChatServer({
    respond: (request) =>
      wrong.includes(ticketNumber(request))
        ? { kind: "reply", content: '{"reason":"late","share":99}' }
        : rightAnswer(request),
  });
  await withTask({ baseUrl: server.baseUrl }, async ({ folder, open, run }) => {
    const { dataset } = await open();
    const keep = async () => await keepFailures((await run()).folder, folder, dataset);
    wrong = [];
    assert.deepEqual(await keep(), { kept: 0, added: 0, ofTestCases: 0 });
    assert(!await Deno.stat(join(folder, FAILURES)).then(() => true, () => false));
    wrong = [6, 2];
    assert.deepEqual(await keep(), { kept: 2, added: 2, ofTestCases: 0 });
    wrong = [4, 6];
    assert.deepEqual(await keep(), { kept: 3, added: 1, ofTestCases: 0 });
    assert.deepEqual((await readFailures(folder, dataset)).map((one) => one.case), ["r2", "r4", "r6"]);
  });
});

Deno.test("kept failures reach a variant that learns from them, mistake and truth, and no other", async () => {
  await using server = await startChatServer({ respond: answer });
  await withTask({ baseUrl: server.baseUrl }, async ({ folder, open, run }) => {
    const { folder: runFolder } = await run();
    await keepFailures(runFolder, folder, (await open()).dataset);
    const shownBy = async (variant: string) => {
      const from = server.stats().total;
      await run({ variants: [variant], split: "test" });
      return server.requests().slice(from).map(({ body }) => JSON.stringify(body.messages));
    };
    const mistake = String.raw`<wrong_answer>\n{\"reason\":\"late\",\"share\":90}\n</wrong_answer>`;
    const learning = await shownBy("learning");
    assert(learning.every((text) => text.includes(mistake)), learning[0]);
    assert(
      learning.every((text) => !/Ticket 1[1-4].*Ticket 1[1-4]/s.test(text)),
      "no test case is an example",
    );
    for (const variant of ["aloof", "plain"]) {
      assert((await shownBy(variant)).every((text) => !text.includes("wrong_answer")));
    }
  });
});

Deno.test("a kept failure is shown with the truth as the dataset has it now", async () => {
  await using server = await startChatServer({ respond: answer });
  const cases = CASES.map((row) => row.id === "r2" ? { ...row, share: "33" } : row);
  await withTask({ baseUrl: server.baseUrl, cases }, async ({ folder, run }) => {
    await Deno.writeTextFile(join(folder, FAILURES), `${JSON.stringify(kept())}\n`);
    await run({ variants: ["learning"], split: "test", limit: 1 });
    const [request] = server.requests();
    const turns = request!.body.messages.map(({ content }) => String(content));
    const at = turns.findIndex((text) => text.includes("wrong_answer"));
    assert.match(turns[at]!, /Ticket 2:/);
    assert.equal(turns[at + 1], '{"reason":"broken","share":33}');
  });
});

Deno.test("kept failures are part of what a run depends on: they change its digests, and a resume is refused by name", async () => {
  const controller = new AbortController();
  let stop = false;
  await using server = await startChatServer({
    respond: (request, n) => {
      if (n === 3 && stop) queueMicrotask(() => controller.abort());
      return n >= 3 && stop ? { kind: "hang" } : answer(request);
    },
  });
  await withTask({ baseUrl: server.baseUrl }, async ({ folder, run }) => {
    stop = true;
    const first = await run({ concurrency: 1, signal: controller.signal });
    assert.equal(first.status, "interrupted");
    assert.equal(first.summary.manifest.digests.failures, undefined);
    stop = false;
    await Deno.writeTextFile(join(folder, FAILURES), `${JSON.stringify(kept())}\n`);
    const asked = server.stats().total;
    await assert.rejects(
      run({ resume: true }),
      (error) =>
        error instanceof InputError && /changed since it began: the kept failures\n/.test(error.message),
    );
    assert.equal(server.stats().total, asked);

    const digestOf = async () => (await run({ limit: 1 })).summary.manifest.digests.failures;
    const one = await digestOf();
    assert(one);
    await Deno.writeTextFile(join(folder, FAILURES), `${JSON.stringify(kept({ mistake: { share: 1 } }))}\n`);
    const other = await digestOf();
    assert(other && other !== one);
    await Deno.remove(join(folder, FAILURES));
    assert.equal((await run({ resume: first.folder.split("/").at(-1)! })).status, "complete");
  });
});
