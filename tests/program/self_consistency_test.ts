import { adaptive, majority, unanimous } from "@lib/aggregate/mod.ts";
import {
  abstain,
  act,
  chainOfThought,
  escalate,
  predict,
  type Prediction,
  type Program,
  selfConsistency,
} from "@lib/program/mod.ts";
import { percent, signature } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { z } from "zod";
import { compatible } from "@lib/model/mod.ts";
import { answering, scopeAt } from "./_scope.ts";

const Refund = signature({
  name: "refund",
  instructions: "",
  input: {},
  output: { reason: z.enum(["late", "broken"]), share: percent() },
});
const say = (reason: string, share: number) => JSON.stringify({ reason, share });
const once = predict(Refund, { corrections: 0 });

interface Seen {
  prediction: Prediction<{ reason: "late" | "broken"; share: number }>;
  requests: number;
}

/** Runs a program on a server that gives each answer in turn, and the last one from then on. */
async function run(program: Program<unknown, never> | typeof once, answers: string[]): Promise<Seen> {
  await using server = await answering(answers, answers.at(-1)!);
  await using scope = scopeAt(server);
  const prediction = await (program as typeof once).run({}, scope);
  return { prediction, requests: server.stats().total };
}

Deno.test("selfConsistency() votes on labels and takes the median of numbers, in as many requests as samples", async () => {
  const answers = [say("late", 10), say("broken", 12), say("late", 11)];
  const { prediction, requests } = await run(selfConsistency(once, { samples: 3 }), answers);
  assert(prediction.status === "ok");
  assert.deepEqual(prediction.output, { reason: "late", share: 11 });
  assert.equal(requests, 3);
  assert.deepEqual(prediction.calls.map(({ path }) => path), [
    ["case", "sample 0"],
    ["case", "sample 1"],
    ["case", "sample 2"],
  ]);
  const { samples, fields, unstable } = prediction.diagnostics as {
    samples: unknown[];
    fields: Record<string, { share: number; n: number }>;
    unstable: string[];
  };
  assert.equal(samples.length, 3);
  assert.deepEqual([fields.reason?.n, fields.share?.n], [3, 3]);
  assert.deepEqual(unstable, []);
});

Deno.test("selfConsistency() repairs a share that was meant as a percentage", async () => {
  const { prediction } = await run(selfConsistency(once, { samples: 3 }), [
    say("late", 30),
    say("late", 0.3),
    say("late", 30),
  ]);
  assert(prediction.status === "ok");
  assert.equal(prediction.output.share, 30);
});

Deno.test("selfConsistency() draws the repeats of the program at rollout 0, and others at each further one", async () => {
  await using server = await answering([], say("late", 1));
  const seeds = async (program: Program<Record<never, never>, unknown>, rollout: number) => {
    const from = server.stats().total;
    await using scope = scopeAt(server, { rollout });
    await program.run({}, scope);
    return server.requests().slice(from).map(({ body }) => body.seed).toSorted();
  };
  const vote = selfConsistency(once, { samples: 3 });
  const repeats = [...await seeds(once, 0), ...await seeds(once, 1), ...await seeds(once, 2)];
  assert.deepEqual(await seeds(vote, 0), repeats);
  const second = await seeds(vote, 1);
  assert.equal(new Set([...repeats, ...second]).size, 6);
  const nested = await seeds(selfConsistency(vote, { samples: 2 }), 0);
  assert.deepEqual(nested, [...repeats, ...second].toSorted());
});

Deno.test("selfConsistency() goes on when one sample of five fails, and counts it", async () => {
  const { prediction } = await run(selfConsistency(once, { samples: 5 }), [
    say("late", 10),
    "no JSON at all",
    say("late", 10),
  ]);
  assert(prediction.status === "ok");
  const { fields } = prediction.diagnostics as { fields: Record<string, { n: number; failed: number }> };
  assert.deepEqual([fields.reason?.n, fields.reason?.failed], [4, 1]);
});

Deno.test("selfConsistency() fails as its first sample did when none has an output", async () => {
  const { prediction } = await run(selfConsistency(once, { samples: 2 }), ["no JSON"]);
  assert(prediction.status === "failed");
  assert.equal(prediction.failure.kind, "format");
  assert.match(
    prediction.failure.message,
    /^none of 2 samples has an output; the first fault: no JSON object/,
  );
  assert.equal(prediction.calls.length, 2);
});

Deno.test("selfConsistency() stops early by a rule: four that agree, or a window that is unanimous", async () => {
  const four = await run(selfConsistency(once, { samples: adaptive({ atMost: 10 }) }), [say("late", 5)]);
  assert.equal(four.requests, 4);
  const window = await run(
    selfConsistency(once, { samples: unanimous({ window: 3, atMost: 9 }) }),
    [say("late", 5), say("broken", 5), say("late", 5), say("late", 5)],
  );
  assert.equal(window.requests, 6);
});

Deno.test("selfConsistency() watches only the fields it is told to", async () => {
  const answers = [say("late", 5), say("late", 50), say("late", 20), say("late", 80)];
  const { requests } = await run(
    selfConsistency(once, { samples: adaptive({ atMost: 10 }), watch: ["reason"] }),
    answers,
  );
  assert.equal(requests, 4);
});

const SPLIT = [say("late", 10), say("late", 90), say("late", 10), say("late", 90)];

Deno.test("abstain() gives no output when a field is unstable, and names it", async () => {
  const { prediction } = await run(selfConsistency(once, { samples: 4, onUnstable: abstain() }), SPLIT);
  assert(prediction.status === "abstained");
  assert.equal(prediction.reason, "unstable: share (share 0.50 of 4)");
  assert.deepEqual(prediction.diagnostics.unstable, ["share"]);
});

Deno.test("accept(), the default, gives the centre of the largest mode, never an average of modes", async () => {
  const { prediction } = await run(selfConsistency(once, { samples: 4 }), SPLIT);
  assert(prediction.status === "ok");
  assert.equal(prediction.output.share, 10);
});

Deno.test("escalate() asks another program only when a field is unstable, and its calls are counted", async () => {
  const program = selfConsistency(once, { samples: 4, onUnstable: escalate(chainOfThought(Refund)) });
  assert.deepEqual(program.forecast().calls, { least: 4, most: 6 });
  const calm = await run(program, [say("late", 10)]);
  assert.equal(calm.requests, 4);
  const more = await run(program, [
    ...SPLIT,
    JSON.stringify({ reasoning: "r", reason: "broken", share: 55 }),
  ]);
  assert.equal(more.requests, 5);
  assert(more.prediction.status === "ok");
  assert.deepEqual(more.prediction.output, { reason: "broken", share: 55 });
  assert.equal(more.prediction.diagnostics.escalated, true);
  assert.deepEqual(more.prediction.calls.at(-1)?.path, ["case", "escalation"]);
});

Deno.test("escalate() asks another model", async () => {
  await using server = await answering(SPLIT, say("late", 77));
  await using scope = scopeAt(server);
  const other = compatible("big-model", { baseUrl: server.baseUrl });
  const prediction = await selfConsistency(once, { samples: 4, onUnstable: escalate(other) }).run({}, scope);
  assert(prediction.status === "ok");
  assert.equal(server.requests().at(-1)?.body.model, "big-model");
  assert.equal(prediction.output.share, 77);
});

Deno.test("escalate() fails as the other program does", async () => {
  const { prediction } = await run(
    selfConsistency(once, { samples: 4, onUnstable: escalate(once) }),
    [...SPLIT, "nothing"],
  );
  assert(prediction.status === "failed");
  assert.equal(prediction.failure.kind, "format");
});

Deno.test("act() tells downstream code how boldly to use a value", async () => {
  const policy = act<
    Record<never, never>,
    { reason: "late" | "broken"; share: number },
    "apply" | "confirm" | "review"
  >([
    { action: "apply", minShare: 0.9, maxSpread: 2 },
    { action: "confirm", minShare: 0.6 },
    { action: "review" },
  ]);
  assert.deepEqual(policy.actions, ["apply", "confirm", "review"]);
  const program = selfConsistency(once, { samples: 4, onUnstable: policy });
  const actionOf = async (answers: string[]) => {
    const { prediction } = await run(program, answers);
    assert(prediction.status === "ok");
    return prediction.action;
  };
  assert.equal(await actionOf([say("late", 10)]), "apply");
  assert.equal(
    await actionOf([say("late", 10), say("late", 10), say("late", 10), say("broken", 10)]),
    "confirm",
  );
  assert.equal(await actionOf(SPLIT), "review");
});

Deno.test("act() throws a RangeError when some output would have no action", () => {
  assert.throws(() => act([{ action: "apply", minShare: 0.5 }]), RangeError);
  assert.throws(() => act([]), RangeError);
});

Deno.test("selfConsistency() takes another aggregator for a field, and refuses one of no field", async () => {
  const { prediction } = await run(
    selfConsistency(once, { samples: 3, fields: { share: majority() } }),
    [say("late", 10), say("late", 99), say("late", 99)],
  );
  assert(prediction.status === "ok");
  assert.equal(prediction.output.share, 99);
  assert.throws(
    () => selfConsistency(once, { fields: { sharee: majority() } as never }),
    { name: "RangeError", message: /"sharee".*reason, share/ },
  );
});

Deno.test("selfConsistency() describes everything that changes its outputs", () => {
  const plain = JSON.stringify(selfConsistency(once).describe());
  const others = [
    selfConsistency(once, { samples: 7 }),
    selfConsistency(once, { fields: { share: majority() } }),
    selfConsistency(once, { onUnstable: abstain() }),
    selfConsistency(once, { watch: ["reason"] }),
    selfConsistency(predict(Refund)),
  ].map((program) => JSON.stringify(program.describe()));
  assert.equal(new Set([plain, ...others]).size, 6);
});

Deno.test("selfConsistency() throws a RangeError for a number of samples that is no count", () => {
  for (const samples of [0, 2.5]) assert.throws(() => selfConsistency(once, { samples }), RangeError);
  assert.throws(() => selfConsistency(once, { watch: [] }), RangeError);
});
