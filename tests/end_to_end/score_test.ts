import { JOURNAL, scaffoldTask } from "@lib/experiment/mod.ts";
import { readJsonl } from "@lib/io/mod.ts";
import { wilsonInterval } from "@lib/stats/mod.ts";
import assert from "node:assert/strict";
import { join } from "node:path";
import { startChatServer } from "../servers/chat_server.ts";
import { runScript } from "./_run_script.ts";

async function inFolder(work: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "assay-score-test-" });
  try {
    await work(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

function jsonl(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

const ROWS = [
  { id: "q1", output: "-5", expected: "5" },
  { id: "q2", output: "3.14", expected: 314 },
  { id: "q3", output: "1,200", expected: 1200 },
  { id: "q4", output: null, expected: 3 },
  { id: "q5", output: 4, expected: null },
  { id: "q6", output: "a", expected: "a" },
];

Deno.test("score prints counts, rate and Wilson's interval as JSON when given --format json", async () => {
  const { code, stdout, stderr } = await runScript("score", ["-", "--by", "number", "--format", "json"], {
    stdin: jsonl(ROWS),
  });
  assert.equal(code, 0, stderr);
  assert.equal(stderr, "");
  const { total, correct, rate, interval, categories, rows } = JSON.parse(stdout);
  assert.deepEqual({ total, correct, rate, interval }, {
    total: 6,
    correct: 2,
    rate: 2 / 6,
    interval: [...wilsonInterval(2, 6)],
  });
  assert.deepEqual(rows.map(({ id, outcome }: { id: string; outcome: string }) => [id, outcome]), [
    ["q1", "wrong"],
    ["q2", "wrong"],
    ["q3", "correct"],
    ["q4", "missing"],
    ["q5", "hallucinated"],
    ["q6", "correct"],
  ]);
  assert.deepEqual([categories.wrong, categories.missing, categories.hallucinated], [2, 1, 1]);
});

Deno.test("score ends with numerator, denominator and interval when it prints text", async () => {
  const { code, stdout } = await runScript("score", ["-", "--by", "text"], {
    stdin: jsonl(ROWS.slice(0, 3)),
  });
  assert.equal(code, 0);
  assert.match(stdout, /^wrong +3 +100\.0%$/m);
  assert.match(stdout, /^q1 +1 +wrong +found "-5", expected "5"$/m);
  assert.equal(stdout.trimEnd().split("\n").at(-1), "correct: 0 of 3 rows = 0.0%, 95% interval [0.0, 56.1]");
});

Deno.test("score exits 1 unless the interval is above the gate", async () => {
  const rows = Array.from({ length: 40 }, (_, index) => ({ id: `q${index}`, output: 1, expected: 1 }));
  const gate = async (share: string) => {
    const args = ["-", "--by", "exact", "--gate", share, "--format", "json"];
    const { code, stdout } = await runScript("score", args, { stdin: jsonl(rows) });
    return [code, JSON.parse(stdout).gate];
  };
  assert.deepEqual(await gate("0.9"), [0, "pass"]);
  assert.deepEqual(await gate("0.95"), [1, "inconclusive"]);
});

Deno.test("score exits 2 with one error and no other output when its input is bad", async () => {
  await inFolder(async (root) => {
    const file = join(root, "outputs.jsonl");
    const good = { id: "a", output: 1, expected: 1 };
    const faults: [unknown[], string[], RegExp][] = [
      [[good, { id: "b", output: 1 }], ["--by", "exact"], /outputs\.jsonl, line 2, field expected/],
      [[good], ["--task", "ticket_triage"], /No row of the file has a case/],
      [[good], [], /Against what truth/],
      [[good], ["--by", "exact", "--task", "ticket_triage"], /Against what truth/],
      [[good], ["--by", "text", "--abs", "1"], /goes with --by number/],
      [[good], ["--by", "number", "--abs", "-1"], /Bad value of --abs/],
      [[good], ["--by", "exact", "--gate", "80"], /Bad value of --gate/],
    ];
    for (const [rows, args, message] of faults) {
      await Deno.writeTextFile(file, jsonl(rows));
      const { code, stdout, stderr } = await runScript("score", [file, ...args]);
      assert.equal(code, 2, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, message);
      assert.equal(stderr.match(/^error: /gm)?.length, 1);
    }
  });
});

Deno.test("score gives a task's replies the outcomes that eval gave them", async () => {
  await inFolder(async (root) => {
    const { folder } = await scaffoldTask("shop", { root });
    const replies = [
      '{"topic":"product","item":"lamp","wants_reply":false}',
      'Sure! {"topic":"product","item":"pan","wants_reply":true}',
      '{"topic":"delivery","item":null,"wants_reply":true}',
      '{"topic":"service","item":null,"wants_reply":false}',
    ];
    await using server = await startChatServer({
      respond: (_request, n) => ({ kind: "reply", content: replies[(n - 1) % replies.length] ?? null }),
    });
    const models = ["--models", `${server.baseUrl}#m`, "--live", "--concurrency", "1"];
    const run = await runScript("eval", [folder, "--variants", "predict", ...models, "--format", "json"], {
      cwd: root,
    });
    assert.equal(run.code, 0, run.stderr);
    const evaluation = JSON.parse(run.stdout);
    const observed: Record<string, unknown> = {};
    const outputs: unknown[] = [{ id: "unknown-1", output: "{}" }];
    for await (const { value } of readJsonl(join(evaluation.folder, JOURNAL))) {
      const line = value as Observed;
      if (line.type !== "observation") continue;
      observed[line.case] = { outcome: line.score.category, fields: line.score.fields };
      outputs.push({ id: line.case, output: line.calls.at(-1)?.result.reply.text });
    }
    assert.equal(Object.keys(observed).length, 4);

    const scored = await runScript("score", ["-", "--task", folder, "--format", "json"], {
      cwd: root,
      stdin: jsonl(outputs),
    });
    assert.equal(scored.code, 0, scored.stderr);
    const score = JSON.parse(scored.stdout);
    const again = Object.fromEntries(
      score.rows.map(({ id, outcome, fields }: Record<string, string>) => [id, { outcome, fields }]),
    );
    const [cell] = evaluation.summary.cells;
    assert.deepEqual(again, observed);
    assert.deepEqual(score.categories, cell.categories);
    assert.deepEqual([score.correct, score.total, score.interval], [
      cell.accuracy.passed,
      cell.accuracy.total,
      cell.accuracy.interval,
    ]);
    assert.deepEqual(score.unknownIds, [{ id: "unknown-1", line: 1 }]);
  });
});

Deno.test("score --gate counts a case without a row as wrong, and text says what is missing", async () => {
  await inFolder(async (root) => {
    const { folder } = await scaffoldTask("shop", { root });
    const stdin = jsonl([{ id: "m1", output: { topic: "product", item: "lamp", wants_reply: false } }]);
    const { code, stdout } = await runScript("score", ["-", "--task", folder, "--gate", "0.2"], { stdin });
    assert.equal(code, 1);
    assert.match(stdout, /missing from the file: 3 cases \(m2, m3, m4\); not in the denominator/);
    assert.match(stdout, /if each of these were wrong: 1 of 4 rows and missing cases = 25\.0%/);
    assert.match(stdout, /gate inconclusive/);
    assert.match(stdout, /correct: 1 of 1 rows with a known id = 100\.0%, 95% interval \[20\.7, 100\.0\]\n$/);

    const train = await runScript("score", ["-", "--task", folder, "--split", "train", "--gate", "0.2"], {
      stdin,
    });
    assert.equal(train.code, 0, train.stderr);
    assert(!train.stdout.includes("missing from the file"));
  });
});

/** What this test reads of a journal's line. */
interface Observed {
  type: string;
  case: string;
  score: { category: string; fields: unknown };
  calls: { result: { reply: { text: string } } }[];
}
