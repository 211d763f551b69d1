import {
  experiment,
  type ExperimentDefinition,
  planRun,
  type Selection,
  type Task,
} from "@lib/experiment/mod.ts";
import { InputError } from "@lib/io/mod.ts";
import { compatible, local } from "@lib/model/mod.ts";
import { predict, type Program, rules } from "@lib/program/mod.ts";
import { inlineInstructions, signature } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { z } from "zod";

const City = signature({
  name: "city",
  instructions: "Name it.",
  input: { land: z.string() },
  output: { city: z.string() },
});
const program = (options = {}) => predict(City, options) as unknown as Program;

const base: ExperimentDefinition = {
  name: "city",
  dataset: "./cases.csv",
  variants: { one: program(), two: program({ maxTokens: 9 }) },
  models: [local("small"), compatible("big", { baseUrl: "http://127.0.0.1:1/v1" })],
  prompts: { brief: inlineInstructions("Name it."), long: inlineInstructions("Name it, please.") },
  repeats: 2,
};

function taskOf(changes: Partial<ExperimentDefinition> = {}): Task {
  const cases = ["train", "test", "test", "dev", "test"].map((split, index) => ({
    id: `c${index}`,
    input: { land: `land ${index}` },
    expected: { city: "x" },
    coverage: "common" as const,
    split: split as "train",
    origin: "authored",
    line: index + 2,
  }));
  return {
    experiment: experiment({ ...base, ...changes }),
    dataset: { path: "cases.csv", digest: "d", cases },
    failures: [],
    folder: ".",
  };
}

Deno.test("planRun() takes the whole matrix: models, then variants, then prompts, each cell once", () => {
  const { cells, cases, repeats, seed } = planRun(taskOf());
  assert.deepEqual(cells.map(({ id }) => id), [
    "one/brief/local:small",
    "one/long/local:small",
    "two/brief/local:small",
    "two/long/local:small",
    "one/brief/http://127.0.0.1:1/v1#big",
    "one/long/http://127.0.0.1:1/v1#big",
    "two/brief/http://127.0.0.1:1/v1#big",
    "two/long/http://127.0.0.1:1/v1#big",
  ]);
  assert.deepEqual([cases.length, repeats, seed], [5, 2, 1]);
});

Deno.test("planRun() takes a name twice once, a model by its short or its whole name, and models of no task", () => {
  const { cells } = planRun(taskOf(), {
    variants: ["two", "two"],
    prompts: ["brief"],
    models: ["small", "local:small", "big", "openai:gpt-4o-mini", "http://localhost:9/v1#x"],
  });
  assert.deepEqual(cells.map(({ model }) => model.name), [
    "local:small",
    "http://127.0.0.1:1/v1#big",
    "openai:gpt-4o-mini",
    "http://localhost:9/v1#x",
  ]);
});

Deno.test("planRun() applies the limit after the split, and takes all cases when there are fewer", () => {
  const ids = (selection: Selection) => planRun(taskOf(), selection).cases.map(({ id }) => id);
  assert.deepEqual(ids({ split: "test", limit: 2 }), ["c1", "c2"]);
  assert.deepEqual(ids({ limit: 99 }), ["c0", "c1", "c2", "c3", "c4"]);
});

const BAD: [what: string, selection: Selection, says: RegExp][] = [
  [
    "an unknown variant",
    { variants: ["on"] },
    /Unknown variant "on"[^]*--variants[^]*one of: one, two[^]*did you mean one/,
  ],
  ["a variant that every object has", { variants: ["constructor"] }, /Unknown variant "constructor"/],
  ["an unknown prompt", { prompts: ["breif"] }, /Unknown prompt "breif"[^]*one of: brief, long/],
  ["an unknown model", { models: ["smal"] }, /Unknown model "smal"[^]*local:small/],
  ["no variants", { variants: [] }, /Nothing to run[^]*--variants/],
  ["no models", { models: [] }, /Nothing to run[^]*--models/],
  ["no prompts", { prompts: [] }, /Nothing to run[^]*--prompts/],
  ["0 repeats", { repeats: 0 }, /--repeats[^]*found: +0/],
  ["half a repeat", { repeats: 0.5 }, /--repeats/],
  ["a limit of 0", { limit: 0 }, /--limit[^]*found: +0/],
  ["a negative limit", { limit: -1 }, /--limit/],
  ["a seed below 0", { seed: -1 }, /--seed/],
  ["a seed that is no number", { seed: NaN }, /--seed/],
];
for (const [what, selection, says] of BAD) {
  Deno.test(`planRun() throws an InputError when given ${what}`, () => {
    assert.throws(
      () => planRun(taskOf(), selection),
      (error) => error instanceof InputError && says.test(error.message),
    );
  });
}

Deno.test("planRun() gives digests that change with what a score depends on, and with nothing else", () => {
  const digests = (changes: Partial<ExperimentDefinition> = {}) => planRun(taskOf(changes)).digests;
  const first = digests();
  assert.deepEqual(digests({ repeats: 3 }), first);
  const variants = digests({
    variants: { one: program({ corrections: 0 }), two: program({ maxTokens: 9 }) },
  });
  assert.notEqual(variants.variants.one, first.variants.one);
  assert.equal(variants.variants.two, first.variants.two);
  const big = (options: object) =>
    digests({ models: [compatible("big", { baseUrl: "http://127.0.0.1:1/v1", ...options })] });
  const name = "http://127.0.0.1:1/v1#big";
  for (
    const options of [{ temperature: 0 }, { topP: 0.5 }, { structure: "plain" }, { sendsSeed: false }, {
      tokenLimit: "max_completion_tokens",
    }]
  ) {
    assert.notEqual(big(options).models[name], first.models[name], JSON.stringify(options));
  }
  const price = {
    inputPerMillion: 1,
    cachedInputPerMillion: 1,
    outputPerMillion: 1,
    source: "s",
    asOf: "2026-01-01",
  };
  for (const options of [{ concurrency: 2 }, { price }, { apiKeyEnv: "KEY" }]) {
    assert.equal(big(options).models[name], first.models[name], JSON.stringify(options));
  }
});

Deno.test("experiment() names the only prompt by its file, or inline", () => {
  const { prompts: _, ...rest } = base;
  assert.deepEqual(Object.keys(experiment(rest).prompts), ["inline"]);
  const filed = signature({
    name: "city",
    instructions: { text: "x", digest: "d", source: "deep brief.v2.md" },
    input: {},
    output: { city: z.string() },
  });
  assert.deepEqual(
    Object.keys(experiment({ ...rest, variants: { one: predict(filed) as unknown as Program } }).prompts),
    ["deep_brief.v2"],
  );
});

const Other = signature({
  name: "city",
  instructions: "",
  input: { land: z.string() },
  output: { town: z.string() },
});
const WRONG: [what: string, changes: Partial<ExperimentDefinition>, says: RegExp][] = [
  ["no variant", { variants: {} }, /needs a variant/],
  ["no model", { models: [] }, /needs a model/],
  [
    "the same model twice",
    { models: [local("a", { temperature: 0 }), local("a")] },
    /Two models of one name[^]*local:a/,
  ],
  ["variants of two signatures", {
    variants: { one: program(), other: predict(Other) as unknown as Program },
  }, /different signatures/],
  ["a variant with a slash", { variants: { "a/b": program() } }, /Bad name[^]*"a\/b"/],
  ["a prompt with a space", { prompts: { "a b": inlineInstructions("x") } }, /Bad name[^]*"a b"/],
  ["a part of a repeat", { repeats: 1.5 }, /repeats[^]*1\.5/],
];
for (const [what, changes, says] of WRONG) {
  Deno.test(`experiment() throws an InputError when it is given ${what}`, () => {
    assert.throws(
      () => experiment({ ...base, ...changes }),
      (error) => error instanceof InputError && says.test(error.message),
    );
  });
}

Deno.test("planRun() runs a limited variant under its prompts and on its models only, and on any model from elsewhere", () => {
  const limited = taskOf({
    variants: {
      all: program(),
      few: { program: program({ maxTokens: 9 }), prompts: ["brief"], models: ["small"] },
    },
  });
  const few = (selection = {}) =>
    planRun(limited, selection).cells.filter(({ variant }) => variant === "few").map(({ id }) => id);
  assert.deepEqual(few(), ["few/brief/local:small"]);
  assert.deepEqual(few({ models: ["openai:other"] }), ["few/brief/openai:other"]);
  assert.throws(
    () => planRun(limited, { variants: ["few"], prompts: ["long"] }),
    /no chosen variant is run under/,
  );
});

Deno.test("planRun() gives a program that asks no model one cell, before all others", () => {
  const none = rules(City, () => undefined) as unknown as Program;
  const { cells } = planRun(taskOf({ variants: { none, ...base.variants } }));
  assert.equal(cells[0]?.id, "none/none/none");
  assert.equal(cells.filter(({ variant }) => variant === "none").length, 1);
});

Deno.test("planRun() takes the task's own split unless another or all are chosen", () => {
  const ids = (split?: "all" | "train") =>
    planRun(taskOf({ split: "test" }), split ? { split } : {}).cases.map(({ id }) => id);
  assert.deepEqual(ids(), ["c1", "c2", "c4"]);
  assert.deepEqual(ids("train"), ["c0"]);
  assert.equal(ids("all").length, 5);
});
