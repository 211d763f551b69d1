import { digest, InputError } from "@lib/io/mod.ts";
import { bootstrapFewShot, optimize, type OptimizeSetting } from "@lib/optimize/mod.ts";
import {
  artifactDigest,
  chainOfThought,
  compiled,
  type CompiledDemo,
  predict,
  workflow,
} from "@lib/program/mod.ts";
import { signature } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { z } from "zod";
import {
  answeringBy,
  caseOf,
  casesOf,
  Colour,
  idsOf,
  plain,
  reply,
  settingAt,
  shownIn,
  truthOf,
  wrongOf,
} from "./_setting.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const right = (number: number) => reply(truthOf(number));

/** What the demos of a compilation without dev cases come from. */
async function compiledIds(
  server: { baseUrl: string },
  options: Parameters<typeof bootstrapFewShot>[0],
  changes: Partial<OptimizeSetting> = {},
) {
  await using setting = settingAt(server, { dev: [], test: [], ...changes });
  const { chosen, notes } = await optimize(bootstrapFewShot(options), setting);
  assert(chosen);
  return { ids: idsOf(chosen), demos: chosen.demos, notes };
}

Deno.test("bootstrapFewShot() refuses to compile without a training case", async () => {
  await using server = await answeringBy(right);
  await using setting = settingAt(server, { train: [] });
  await assert.rejects(optimize(bootstrapFewShot(), setting), (error) => {
    assert(error instanceof InputError);
    assert.match(error.message, /no case to learn from[\s\S]*split train/);
    return true;
  });
  assert.equal(server.stats().total, 0);
});

Deno.test("bootstrapFewShot() refuses cases of another split by their ids, before a request", async () => {
  await using server = await answeringBy(right);
  for (
    const changes of [
      { train: [caseOf(0, "train"), caseOf(1, "test")] },
      { train: [caseOf(0, "train"), caseOf(1, "dev")] },
      { dev: [caseOf(1, "test")] },
      { dev: [caseOf(1, "train")] },
    ]
  ) {
    await using setting = settingAt(server, changes);
    await assert.rejects(optimize(bootstrapFewShot(), setting), /case t1[\s\S]*split (test|dev|train)/);
  }
  assert.equal(server.stats().total, 0);
});

Deno.test("bootstrapFewShot() takes only fully correct answers without a threshold", async () => {
  // one of two fields right: 0.5 of the metric
  await using server = await answeringBy((number) =>
    reply(number < 3 ? { ...truthOf(number), warm: number % 2 !== 0 } : truthOf(number))
  );
  const { ids, notes } = await compiledIds(server, { maxLabelled: 0 });
  assert.deepEqual(ids.colour?.toSorted(), ["t3", "t4", "t5"]);
  assert.deepEqual(notes, ["bootstrapped 3 of 6 training cases tried: 3 wrong"]);
});

Deno.test("bootstrapFewShot() honours a threshold, 0 included", async () => {
  await using server = await answeringBy((number) =>
    reply(
      number < 2
        ? wrongOf(number)
        : number < 4
        ? { ...truthOf(number), warm: number % 2 !== 0 }
        : truthOf(number),
    )
  );
  const passing = async (threshold: number) =>
    (await compiledIds(server, { threshold, maxBootstrapped: 6, maxLabelled: 0 })).ids.colour?.toSorted();
  assert.deepEqual(await passing(0), ["t0", "t1", "t2", "t3", "t4", "t5"]);
  assert.deepEqual(await passing(0.5), ["t2", "t3", "t4", "t5"]);
  assert.deepEqual(await passing(1), ["t4", "t5"]);
});

Deno.test("bootstrapFewShot() makes no example of an answer that failed, whatever the threshold", async () => {
  await using server = await answeringBy((number) => number === 0 ? reply("no JSON") : right(number));
  const { ids, notes } = await compiledIds(server, { threshold: 0, maxBootstrapped: 6, maxLabelled: 0 });
  assert(!ids.colour?.includes("t0"));
  assert.deepEqual(notes, ["bootstrapped 5 of 6 training cases tried: 1 format"]);
});

Deno.test("bootstrapFewShot() counts an answer whose metric is no number as a metric error", async () => {
  await using server = await answeringBy(right);
  await using setting = settingAt(server, { dev: [], test: [] });
  const { score } = setting.scorer;
  const scorer = {
    score: async (...about: Parameters<typeof score>) => {
      const scored = await score(...about);
      return { ...scored, score: { ...scored.score, metrics: { field_accuracy: { error: "gave NaN" } } } };
    },
  };
  const { notes } = await optimize(bootstrapFewShot({ threshold: 0 }), { ...setting, scorer });
  assert.deepEqual(notes, ["bootstrapped 0 of 6 training cases tried: 6 metric_error"]);
});

Deno.test("bootstrapFewShot() throws a RangeError for a metric that does not exist, and for a number that is no count", async () => {
  await using server = await answeringBy(right);
  for (const options of [{ metric: "f1", threshold: 1 }, { maxBootstrapped: -1 }, { maxLabelled: 0.5 }]) {
    await using setting = settingAt(server, { dev: [] });
    await assert.rejects(optimize(bootstrapFewShot(options), setting), RangeError);
  }
});

Deno.test("bootstrapFewShot() stops asking when it has enough, and says what it tried", async () => {
  await using server = await answeringBy(right);
  await using setting = settingAt(server, { train: casesOf("train", 0, 100), dev: [], test: [] });
  const { chosen, notes, cost } = await optimize(bootstrapFewShot(), setting);
  assert.equal(chosen?.demos.colour?.length, 4);
  const tried = server.stats().total;
  assert(tried >= 4 && tried <= 8, `${tried} requests`); // twice the places of the endpoint may be under way
  assert.deepEqual(notes, [`bootstrapped ${tried} of ${tried} training cases tried`]);
  assert.equal(cost.calls, tried);
});

Deno.test("bootstrapFewShot() says how many answers failed and why when it finds none", async () => {
  await using server = await answeringBy((number) => number < 2 ? reply("no JSON") : reply(wrongOf(number)));
  const { ids, notes } = await compiledIds(server, { maxLabelled: 0 });
  assert.deepEqual(ids, {});
  assert.deepEqual(notes, ["bootstrapped 0 of 6 training cases tried: 4 wrong, 2 format"]);
});

Deno.test("bootstrapFewShot() repeats from its seed whatever the order of the cases and of the replies", async () => {
  await using server = await answeringBy((number, { number: n }) => ({
    ...right(number) as { kind: "reply"; content: string },
    delayMs: n % 3,
  }));
  const train = casesOf("train", 0, 30);
  const sets: Record<string, string[]>[] = [];
  for (const cases of [train, train.toReversed(), train]) {
    sets.push((await compiledIds(server, {}, { train: cases })).ids);
  }
  assert.deepEqual(sets[1], sets[0]);
  assert.deepEqual(sets[2], sets[0]);
  const others = await compiledIds(server, {}, { train, seed: 2 });
  assert.notDeepEqual(others.ids, sets[0]);
});

Deno.test("bootstrapFewShot() keeps the order of the other cases when one is added", async () => {
  await using server = await answeringBy(right);
  const options = { maxBootstrapped: 20, maxLabelled: 0 };
  const before = await compiledIds(server, options, { train: casesOf("train", 0, 10) });
  const after = await compiledIds(server, options, { train: casesOf("train", 0, 11) });
  assert.deepEqual(after.ids.colour?.filter((id) => id !== "t10"), before.ids.colour);
  assert(after.ids.colour?.includes("t10"));
});

Deno.test("bootstrapFewShot() shows no two examples that are alike or of one group", async () => {
  await using server = await answeringBy(() => reply(truthOf(0)));
  const thing = "a fire engine on its way to a fire in the old town";
  const train = [
    caseOf(0, "train", { input: { thing } }),
    caseOf(2, "train", { input: { thing: thing.toUpperCase() } }),
    caseOf(4, "train", { input: { thing: `${thing}!` } }),
    caseOf(6, "train", { group: "toys" }),
    caseOf(8, "train", { group: "toys" }),
    caseOf(10, "train"),
  ];
  for (const options of [{ maxLabelled: 0 }, { maxBootstrapped: 0, maxLabelled: 6 }, { maxLabelled: 6 }]) {
    const { ids } = await compiledIds(server, { maxBootstrapped: 6, ...options }, { train });
    const kinds = ids.colour?.map((id) =>
      id === "t10" ? "alone" : Number(id.slice(1)) < 6 ? "engine" : "toys"
    );
    assert.deepEqual(kinds?.toSorted(), ["alone", "engine", "toys"]);
  }
});

Deno.test("bootstrapFewShot() fills up with truths, never beyond the number and never of a case shown already", async () => {
  await using server = await answeringBy((number) => number < 2 ? right(number) : reply(wrongOf(number)));
  const { demos } = await compiledIds(server, { maxLabelled: 5 });
  const list = demos.colour ?? [];
  assert.deepEqual(list.map(({ from }) => from), [
    "bootstrapped",
    "bootstrapped",
    "labelled",
    "labelled",
    "labelled",
  ]);
  assert.equal(new Set(list.map((demo) => demo.case.id)).size, 5);
  for (const { case: { id }, output } of list) assert.deepEqual(output, truthOf(Number(id.slice(1))));
});

Deno.test("bootstrapFewShot() takes no truth away from right runs where there are more of them", async () => {
  await using server = await answeringBy(right);
  const { demos } = await compiledIds(server, { maxBootstrapped: 4, maxLabelled: 2 });
  assert.deepEqual(demos.colour?.map(({ from }) => from), Array(4).fill("bootstrapped"));
});

Deno.test("bootstrapFewShot() keeps the reasoning of a chain of thought, and adds no truth without one", async () => {
  await using server = await answeringBy((number) =>
    reply({ reasoning: `It is thing ${number}.`, ...(number < 2 ? truthOf(number) : wrongOf(number)) })
  );
  const program = chainOfThought(Colour, { corrections: 0 });
  const { demos } = await compiledIds(server, { maxLabelled: 6 }, { program });
  assert.equal(demos.colour?.length, 2);
  for (const demo of demos.colour ?? []) {
    const number = Number(demo.case.id.slice(1));
    assert.deepEqual(demo.output, { reasoning: `It is thing ${number}.`, ...truthOf(number) });
    assert.equal(demo.from, "bootstrapped");
  }
});

const Kind = signature({
  name: "kind",
  instructions: "Name the colour.",
  input: { thing: z.string() },
  output: { colour: z.enum(["red", "green", "blue"]) },
});
const Warmth = signature({
  name: "warmth",
  instructions: "Say whether it is warm.",
  input: { colour: z.enum(["red", "green", "blue"]), thing: z.string() },
  output: { warm: z.boolean() },
});
const twoSteps = workflow("two", {
  signature: Colour,
  calls: { kind: predict(Kind, { corrections: 0 }), warmth: predict(Warmth, { corrections: 0 }) },
  body: async ({ thing }, call) => {
    const { colour } = await call("kind", { thing });
    const { warm } = await call("warmth", { colour, thing });
    return { colour, warm };
  },
});

Deno.test("bootstrapFewShot() makes an example a call of a workflow, each of the request that was sent", async () => {
  await using server = await answeringBy((number, { body }) => {
    const { colour, warm } = truthOf(number);
    const asked = JSON.stringify(body.response_format).includes('"warm"');
    return reply(asked ? { warm: number === 3 ? !warm : warm } : { colour });
  });
  const { demos } = await compiledIds(server, { maxBootstrapped: 6, maxLabelled: 0 }, { program: twoSteps });
  assert.deepEqual(Object.keys(demos), ["kind", "warmth"]);
  for (const [name, list] of Object.entries(demos)) {
    assert.deepEqual(list.map((demo) => demo.case.id).toSorted(), ["t0", "t1", "t2", "t4", "t5"], name);
  }
  const [first] = demos.warmth as [CompiledDemo];
  const number = Number(first.case.id.slice(1));
  const { colour, warm } = truthOf(number);
  assert.deepEqual(first.input, { colour, thing: `thing${number}` });
  assert.deepEqual(first.output, { warm });
  assert.deepEqual(
    first.case.input,
    { thing: `thing${number}` },
    "the case is kept beside it, to tell its twins",
  );
});

Deno.test("bootstrapFewShot() gives every predictor its own sample of truths", async () => {
  await using server = await answeringBy((number, { body }) => {
    const asked = JSON.stringify(body.response_format).includes('"warm"');
    const { colour, warm } = wrongOf(number);
    return reply(asked ? { warm } : { colour });
  });
  const { ids } = await compiledIds(server, { maxLabelled: 5 }, { program: twoSteps });
  assert.deepEqual([ids.kind?.length, ids.warmth?.length], [5, 5]);
  assert.notDeepEqual(ids.kind, ids.warmth, "drawn for each on its own");
});

Deno.test("bootstrapFewShot() shows a case once to a predictor, also where its truth has another input than its run", async () => {
  await using server = await answeringBy((number, { body }) => {
    const asked = JSON.stringify(body.response_format).includes('"warm"');
    return reply(asked ? { warm: truthOf(number).warm } : { colour: wrongOf(number).colour });
  });
  const options = { threshold: 0, maxBootstrapped: 3, maxLabelled: 12 };
  const { ids, demos } = await compiledIds(server, options, { program: twoSteps });
  assert.deepEqual(ids.warmth?.toSorted(), ["t0", "t1", "t2", "t3", "t4", "t5"]);
  assert.equal(demos.warmth?.filter(({ from }) => from === "labelled").length, 3);
});

Deno.test("bootstrapFewShot() never shows the teacher the case at hand, and all examples again after a failure", async () => {
  const shown = new Map<number, number[]>();
  await using server = await answeringBy((number, request) => {
    shown.set(number, shownIn(request));
    return number === 2 ? { kind: "status", status: 400 } : right(number);
  });
  const demos = [0, 1, 2, 3].map((number): CompiledDemo => ({
    from: "labelled",
    case: { id: `t${number}` },
    input: { thing: `thing${number}` },
    output: truthOf(number),
  }));
  const { notes } = await compiledIds(server, { maxBootstrapped: 6 }, {
    teacher: { demos: { colour: demos } },
  });
  assert.deepEqual([0, 1, 2, 3, 4, 5].map((number) => shown.get(number)), [
    [1, 2, 3],
    [0, 2, 3],
    [0, 1, 3],
    [0, 1, 2],
    [0, 1, 2, 3],
    [0, 1, 2, 3],
  ]);
  assert.deepEqual(notes, ["bootstrapped 5 of 6 training cases tried: 1 provider_error"]);
});

Deno.test("bootstrapFewShot() skips cases that the program was compiled from before, and counts them", async () => {
  await using server = await answeringBy(right);
  const content = {
    format: "assay-compiled/1" as const,
    variant: "predict",
    digests: { signature: Colour.digest, program: digest(plain.describe()) },
    instructions: {},
    demos: {
      colour: [{
        from: "labelled" as const,
        case: { id: "t0" },
        input: { thing: "thing0" },
        output: truthOf(0),
      }],
    },
  };
  const program = compiled(plain, { ...content, digest: artifactDigest(content) });
  const { ids, notes } = await compiledIds(server, { maxBootstrapped: 6, maxLabelled: 0 }, { program });
  assert.deepEqual(ids.colour?.toSorted(), ["t1", "t2", "t3", "t4", "t5"]);
  assert.deepEqual(notes, ["bootstrapped 5 of 6 training cases tried: 1 leak"]);
  assert.equal(server.stats().total, 5);
});

Deno.test("bootstrapFewShot() has another program and model answer the training cases where it is told to", async () => {
  await using teaching = await answeringBy((number) => reply({ reasoning: "seen", ...truthOf(number) }));
  await using server = await answeringBy((number) => reply(wrongOf(number)));
  await using other = settingAt(teaching);
  const program = chainOfThought(Colour);
  await using setting = settingAt(server, { teacher: { model: other.scope.model, program } });
  const { chosen, trials } = await optimize(bootstrapFewShot({ maxLabelled: 0 }), setting);
  assert.equal(chosen?.demos.colour?.length, 4);
  assert.equal(trials.length, 2);
  assert(teaching.stats().total >= 4);
  assert.equal(server.stats().total, 8, "4 dev cases without and with examples");
});

Deno.test("bootstrapFewShot() counts errors anew for each compilation, and ends when there are too many", async () => {
  await using server = await answeringBy(() => ({ kind: "status", status: 400 }));
  const optimizer = bootstrapFewShot();
  for (let compilation = 0; compilation < 2; compilation++) {
    await using setting = settingAt(server, {
      train: casesOf("train", 0, 40),
      dev: [],
      limits: { maxErrors: 5 },
    });
    const before = server.stats().total;
    const { status, chosen } = await optimize(optimizer, setting);
    assert.deepEqual([status, chosen], ["errors", undefined]);
    const asked = server.stats().total - before;
    assert(asked >= 6 && asked <= 9, `${asked} requests`); // those under way are waited for
  }
});

Deno.test("bootstrapFewShot() measures what it made beside the program as it stands, on the same cases", async () => {
  await using server = await answeringBy((number, request) =>
    number < 6 || shownIn(request).length > 0 ? right(number) : reply(wrongOf(number))
  );
  await using setting = settingAt(server);
  const { trials, chosen, comparison, verdict } = await optimize(bootstrapFewShot(), setting);
  assert.deepEqual(trials.map(({ right, planned, complete }) => [right, planned, complete]), [[0, 4, true], [
    4,
    4,
    true,
  ]]);
  assert.equal(chosen?.name, "bootstrapped");
  assert.deepEqual([comparison?.onlyFirst, comparison?.onlySecond], [4, 0]);
  assert.match(verdict, /4 newly right and 0 newly wrong of 4, .*p 0\.063: cannot tell$/);
});

Deno.test("bootstrapFewShot() keeps the program as it stands when a limit ends it before examples are measured", async () => {
  await using server = await answeringBy(right);
  await using setting = settingAt(server, { limits: { maxCalls: 6 } });
  const { status, chosen, trials, cost } = await optimize(bootstrapFewShot(), setting);
  assert.deepEqual([status, chosen?.name, chosen?.demos], ["budget", "baseline", {}]);
  assert.deepEqual(trials.map(({ complete }) => complete), [true]);
  assert.equal(cost.calls, 6);
  assert.equal(server.stats().total, 6);
});

Deno.test("bootstrapFewShot() chooses nothing when a limit ends it before anything is measured", async () => {
  await using server = await answeringBy(right);
  await using setting = settingAt(server, { limits: { maxCalls: 3 } });
  const { status, chosen, trials } = await optimize(bootstrapFewShot(), setting);
  assert.deepEqual([status, chosen], ["budget", undefined]);
  assert.deepEqual(trials.map(({ complete, runs }) => [complete, runs.length]), [[false, 3]]);
});
