import type { Prediction } from "@lib/program/mod.ts";
import { type Checks, judge, judgeCase, scoreCase, scoreReply, scoreTaskRows } from "@lib/scoring/mod.ts";
import assert from "node:assert/strict";
import { answering, scopeAt } from "../program/_scope.ts";
import { type Behaviour, type ChatServer } from "../servers/chat_server.ts";
import { CASE, modelAt, Reply, RUBRIC, says } from "./_judged.ts";

Deno.test.sanitizer({ ops: true, resources: true });

type Output = Record<string, unknown>;

const answered = (reply: string | null): Prediction<Output> => ({
  status: "ok",
  output: { reply },
  diagnostics: {},
  calls: [],
});
const FAILED: Prediction<Output> = {
  status: "failed",
  failure: { kind: "format", message: "prose" },
  diagnostics: {},
  calls: [],
};
const ABSTAINED: Prediction<Output> = { status: "abstained", reason: "unsure", diagnostics: {}, calls: [] };

const noGift = (value: unknown) => String(value).includes("gift") ? "promises a gift" : undefined;

/** Judges and scores a prediction as a run does. */
async function decide(
  server: ChatServer,
  prediction: Prediction<Output>,
  { checks = {}, entry = CASE }: {
    checks?: Checks;
    entry?: typeof CASE | { id: string; input: Output; expected: Output };
  } = {},
) {
  const kind = judge(Reply, { field: "reply", rubric: RUBRIC, models: [modelAt(server)] });
  const prompts = { [Reply.name]: RUBRIC, [kind.signature.name]: { ...RUBRIC, text: "Say pass." } };
  await using scope = scopeAt(server, { rollout: 7, prompts });
  const judging = await judgeCase({ signature: Reply, judges: { kind }, checks }, entry, prediction, scope);
  const { findings, verdicts, calls } = judging;
  const { input, expected } = entry;
  const score = scoreCase(Reply, {
    input: input as { policy: string; mail: string },
    expected: expected as { reply: string | null },
    prediction: prediction as Prediction<{ reply: string | null }>,
    findings,
    verdicts,
  });
  return { field: score.fields.reply!, category: score.category, verdicts, calls };
}

const NULL_TRUTH = { ...CASE, expected: { reply: null } };
const UNASKED: [
  what: string,
  prediction: Prediction<Output>,
  options: Parameters<typeof decide>[2],
  outcome: string,
  reason?: RegExp,
][] = [
  ["a failed prediction", FAILED, {}, "format"],
  ["an abstention", ABSTAINED, {}, "abstained"],
  ["nothing where a reply is", answered(null), { checks: { reply: noGift } }, "missing"],
  ["nothing where nothing is", answered(null), { entry: NULL_TRUTH }, "correct"],
  [
    "a reply where nothing is",
    answered("A gift."),
    { entry: NULL_TRUTH, checks: { reply: noGift } },
    "hallucinated",
  ],
  [
    "a broken rule",
    answered("Have a gift."),
    { checks: { reply: noGift } },
    "violation",
    /^promises a gift$/,
  ],
  [
    "the text of the reference",
    answered(" sorry,  NO "),
    { checks: { reply: noGift } },
    "correct",
    /no judge was asked/,
  ],
  [
    "the text of a reference that breaks a rule",
    answered("Sorry, no."),
    { checks: { reply: () => "rule" } },
    "violation",
  ],
  [
    "a check that throws",
    answered("Fine."),
    {
      checks: {
        reply: () => {
          throw new TypeError("x is not a function");
        },
      },
    },
    "judge_error",
    /^the check failed: x is not a function$/,
  ],
];
for (const [what, prediction, options, outcome, reason] of UNASKED) {
  Deno.test(`judgeCase() asks nothing about ${what}: ${outcome}`, async () => {
    await using server = await answering([], says("pass"));
    const { field, category, verdicts, calls } = await decide(server, prediction, options);
    assert.equal(field.outcome, outcome);
    assert.equal(category, outcome);
    assert.equal(field.score, outcome === "correct" ? 1 : 0);
    if (reason) assert.match(field.reason ?? "", reason);
    else if (outcome !== "violation") assert.equal(field.reason, undefined);
    assert.deepEqual([verdicts, calls], [{}, []]);
    assert.equal(server.stats().total, 0);
  });
}

const dead: Behaviour = { kind: "status", status: 500 };
const ASKED: [answer: string | Behaviour, outcome: string, reason: RegExp][] = [
  [says("pass", "All met."), "correct", /^All met\.$/],
  [says("fail", "Rude."), "wrong", /^Rude\.$/],
  ["no JSON", "judge_error", /^the judge failed: no JSON object/],
  [dead, "judge_error", /^the judge failed: .*500/],
];
for (const [answer, outcome, reason] of ASKED) {
  const what = typeof answer === "string" ? answer : "status 500";
  Deno.test(`judgeCase() asks about any other reply, and ${what} makes it ${outcome}`, async () => {
    await using server = await answering([], answer);
    const { field, category, verdicts, calls } = await decide(server, answered("Hm."), {
      checks: { reply: noGift },
    });
    assert.equal(field.outcome, outcome);
    assert.equal(category, outcome);
    assert.match(field.reason ?? "", reason);
    assert.equal(verdicts.reply?.judge, "kind");
    assert.equal(calls.length, server.stats().total);
    assert(calls.length > 0 && calls.every(({ path }) => path[0] === "judge kind"));
  });
}

Deno.test("judgeCase() shows a judge nothing of the task's run: no other instructions, no rollout", async () => {
  await using server = await answering([], says("pass"));
  await decide(server, answered("Hm."));
  const [request] = server.requests();
  assert.match(String(request?.body.messages[0]?.content), /^Pass if the reply is kind\./);
  assert.equal(request?.body.seed, 1_000_003, "the seed of rollout 0");
});

Deno.test("scoreCase() gives an output whose judge ties a judge_error with the votes", () => {
  const verdicts = {
    reply: { judge: "kind", status: "abstained", reason: "tie (a: pass, b: fail)", diagnostics: {} },
  } as const;
  const prediction = answered("Hm.") as Prediction<{ reply: string | null }>;
  const { fields } = scoreCase(Reply, { ...CASE, prediction, verdicts });
  assert.equal(fields.reply?.outcome, "judge_error");
  assert.match(fields.reply?.reason ?? "", /cannot tell: tie \(a: pass, b: fail\)/);
});

Deno.test("scoreReply() applies checks and leaves the rest to a judge, neither right nor wrong", () => {
  const context = { ...CASE, checks: { reply: noGift } };
  const row = (reply: string) => scoreReply({ id: "c1", line: 1, output: { reply } }, Reply, context);
  assert.equal(row("Sorry, no!").outcome, "correct");
  assert.deepEqual([row("A gift!").outcome, row("A gift!").reason], ["violation", "promises a gift"]);
  assert.equal(row("Hm.").outcome, "judge_error");
  assert.match(row("Hm.").reason ?? "", /not judged/);
});

Deno.test("scoreTaskRows() gives a check the case with its state", () => {
  const rest = { coverage: "common", split: "test", origin: "authored", line: 2 } as const;
  const cases = [{ ...CASE, ...rest, state: { word: "hm" } }];
  const check: Checks[string] = (value, { id, state }) =>
    String(value).toLowerCase().includes(String(state?.word)) ? `${id} says it` : undefined;
  const rows = [{ id: "c1", line: 1, output: { reply: "Hm." } }];
  const { rows: [scored], categories } = scoreTaskRows(rows, {
    signature: Reply,
    cases,
    checks: { reply: check },
  });
  assert.equal(scored?.reason, "c1 says it");
  assert.equal(categories.violation, 1);
});
