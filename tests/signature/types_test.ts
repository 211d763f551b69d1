import {
  chainOfThought,
  predict,
  type Program,
  type ProgramInput,
  type ProgramOutput,
  type Workflow,
  workflow,
} from "@lib/program/mod.ts";
import {
  compare,
  type CompareOptions,
  type InputOf,
  type OutputOf,
  type ParsedReply,
  parseReply,
  percent,
  prependOutput,
  type Signature,
  signature,
} from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { z } from "zod";

// These tests fail in `deno check`: a wrong type makes `holds<…>()` or an unused `@ts-expect-error` an error.

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

function holds<_ extends true>(): void {}

const Refund = signature({
  name: "refund",
  instructions: "",
  input: { ticket: z.string(), policy: z.string().optional(), history: z.array(z.string()) },
  output: {
    reason: z.enum(["late", "broken"]).describe("Main reason"),
    priority: z.literal([1, 2, 3]),
    order_id: compare(z.string().nullable(), { by: "exact", groundedIn: "ticket" }).describe("Order"),
    share: percent({ max: 80 }).describe("Share"),
    city: compare(z.string(), { by: "text" }).min(1),
    tags: compare(z.array(z.string()), { by: "set" }),
    lines: z.array(z.object({ name: z.string(), count: z.int().nullable() })).nullable(),
    urgent: z.boolean(),
  },
});

type RefundInput = { ticket: string; policy?: string | undefined; history: string[] };
type RefundOutput = {
  reason: "late" | "broken";
  priority: 1 | 2 | 3;
  order_id: string | null;
  share: number;
  city: string;
  tags: string[];
  lines: { name: string; count: number | null }[] | null;
  urgent: boolean;
};

const Words = signature({
  name: "words",
  instructions: "",
  input: { text: z.string() },
  output: { words: z.int() },
});
const Long = signature({
  name: "long",
  instructions: "",
  input: { text: z.string() },
  output: { long: z.boolean() },
});

Deno.test("signature() infers the types of input and output from the fields", () => {
  holds<Equal<InputOf<typeof Refund>, RefundInput>>();
  holds<Equal<OutputOf<typeof Refund>, RefundOutput>>();
  holds<Equal<typeof Refund, Signature<RefundInput, RefundOutput>>>();
  assert.equal(Refund.output.length, 8);
});

Deno.test("signature() gives no field the type any", () => {
  type IsAny<T> = 0 extends 1 & T ? true : false;
  type AnyFields<T> = { [K in keyof T]-?: IsAny<T[K]> extends true ? K : never }[keyof T];
  holds<Equal<AnyFields<OutputOf<typeof Refund>>, never>>();
  holds<Equal<AnyFields<InputOf<typeof Refund>>, never>>();
});

Deno.test("compare() and percent() keep the zod type", () => {
  holds<Equal<ReturnType<typeof percent>, z.ZodNumber>>();
  const nullable = compare(z.enum(["a", "b"]).nullable(), { by: "enum" });
  holds<Equal<typeof nullable, z.ZodNullable<z.ZodEnum<{ a: "a"; b: "b" }>>>>();
  assert(nullable.safeParse(null).success);
});

Deno.test("prependOutput() adds to the type of the output", () => {
  const Thinking = prependOutput(Words, { reasoning: z.string(), sure: percent().nullable() });
  const output: OutputOf<typeof Thinking> = { words: 1, reasoning: "", sure: null };
  holds<Equal<(typeof output)["words"], number>>();
  holds<Equal<(typeof output)["sure"], number | null>>();
  holds<Equal<InputOf<typeof Thinking>, { text: string }>>();
  // @ts-expect-error the reasoning is missing
  const missing: OutputOf<typeof Thinking> = { words: 1, sure: null };
  assert(output && missing);
});

Deno.test("parseReply() gives an output of the type of the signature, and only when it is ok", () => {
  const parsed = parseReply(Words, { text: '{"words":3}', finishReason: "stop" });
  holds<Equal<typeof parsed, ParsedReply<{ words: number }>>>();
  // @ts-expect-error a reply that was not looked at has no output
  const unseen = parsed.output;
  if (parsed.status === "ok") holds<Equal<typeof parsed.output, { words: number }>>();
  if (parsed.status === "format") holds<Equal<typeof parsed.path, string>>();
  assert.deepEqual(unseen, { words: 3 });
});

Deno.test("predict() and chainOfThought() keep the types of the signature, the reasoning is not in the output", () => {
  const plain = predict(Refund);
  const thinking = chainOfThought(Refund);
  holds<Equal<typeof plain, Program<RefundInput, RefundOutput>>>();
  holds<Equal<typeof thinking, Program<RefundInput, RefundOutput>>>();
  holds<Equal<ProgramInput<typeof thinking>, RefundInput>>();
  holds<Equal<ProgramOutput<typeof thinking>, RefundOutput>>();
  assert.equal(plain.signature, Refund);
});

Deno.test("workflow() types each named call by its own program", () => {
  const assess = workflow("assess", {
    signature: Long,
    calls: { count: predict(Words), refund: chainOfThought(Refund) },
    body: async ({ text }, call) => {
      const counted = await call("count", { text });
      const refund = await call("refund", { ticket: text, history: [] });
      holds<Equal<typeof counted, { words: number }>>();
      holds<Equal<typeof refund, RefundOutput>>();
      return { long: counted.words > 100 || refund.urgent };
    },
  });
  type CallPrograms = {
    count: Program<{ text: string }, { words: number }>;
    refund: Program<RefundInput, RefundOutput>;
  };
  holds<Equal<typeof assess, Workflow<{ text: string }, { long: boolean }, CallPrograms>>>();
  assess.with({ count: { strategy: (program) => program } });
  // @ts-expect-error the workflow has no call of that name
  assert.throws(() => assess.with({ counts: {} }), RangeError);
});

Deno.test("workflow() refuses wrong calls, inputs and outputs at compile time", () => {
  const head = { signature: Long, calls: { count: predict(Words) } };
  const wrong = [
    // @ts-expect-error no call of that name
    () => workflow("w", { ...head, body: async (_, call) => ({ long: !!await call("sum", {}) }) }),
    // @ts-expect-error the call takes `text`
    () => workflow("w", { ...head, body: async (_, call) => ({ long: !!await call("count", {}) }) }),
    // @ts-expect-error the call gives a number
    () => workflow("w", { ...head, body: async (i, call) => ({ long: (await call("count", i)).words }) }),
    // @ts-expect-error the call gives no such field
    () => workflow("w", { ...head, body: async (i, call) => ({ long: !(await call("count", i)).sum }) }),
    // @ts-expect-error the output has no such field
    () => workflow("w", { ...head, body: () => Promise.resolve({ lang: true }) }),
    // @ts-expect-error the input has no such field
    () => workflow("w", { ...head, body: ({ words }) => Promise.resolve({ long: words > 1 }) }),
  ];
  assert.equal(wrong.length, 6);
});

Deno.test("a program takes no input and gives no output of another type", () => {
  const program = predict(Words);
  const wrong = [
    // @ts-expect-error the input is missing
    () => program.run({}, null!),
    // @ts-expect-error text is no number
    () => program.run({ text: 5 }, null!),
    // @ts-expect-error a failed prediction has no output
    async () => (await program.run({ text: "" }, null!)).output,
  ];
  // @ts-expect-error another output
  const other: Program<{ text: string }, { words: string }> = program;
  assert(other && wrong.length === 3);
});

Deno.test("compare() takes only the options of the comparator that it names", () => {
  const right: CompareOptions[] = [
    { by: "exact" },
    { by: "enum", synonyms: { a: "b" } },
    { by: "number", abs: 1, rel: 0.1, unitFactors: [1000] },
    { by: "percent", abs: 1 },
    { by: "date", days: 1 },
    { by: "set", of: { by: "number", abs: 1 } },
    { by: "list", of: { by: "list" } },
    { by: "objects", fields: { a: { by: "text" }, b: { by: "percent", abs: 1 } }, threshold: 0.6 },
  ];
  const wrong = [
    // @ts-expect-error no comparator of that name
    () => compare(z.string(), { by: "fuzzy" }),
    // @ts-expect-error no comparator
    () => compare(z.string(), {}),
    // @ts-expect-error exact has no tolerance
    () => compare(z.string(), { by: "exact", abs: 2 }),
    // @ts-expect-error days belong to date
    () => compare(z.number(), { by: "number", days: 1 }),
    // @ts-expect-error a tolerance is a number
    () => compare(z.number(), { by: "number", abs: "2" }),
    // @ts-expect-error unit factors are numbers
    () => compare(z.number(), { by: "number", unitFactors: ["kg"] }),
    // @ts-expect-error percent has no relative tolerance
    () => compare(z.number(), { by: "percent", rel: 0.1 }),
    // @ts-expect-error objects need their fields
    () => compare(z.array(z.object({})), { by: "objects" }),
    // @ts-expect-error a wrong option inside
    () => compare(z.array(z.string()), { by: "set", of: { by: "text", abs: 1 } }),
    // @ts-expect-error a wrong option inside
    () => compare(z.array(z.object({})), { by: "objects", fields: { a: { by: "date", abs: 1 } } }),
    // @ts-expect-error the name of an input field is a text
    () => compare(z.string(), { by: "exact", groundedIn: 5 }),
    // @ts-expect-error percent() has no such option
    () => percent({ minimum: 0 }),
  ];
  assert.deepEqual([right.length, wrong.length], [8, 12]);
});

Deno.test("signature() refuses fields that are no zod types at compile time", () => {
  const wrong = [
    // @ts-expect-error a text is no type
    () => signature({ name: "s", instructions: "", input: {}, output: { a: "string" } }),
    // @ts-expect-error the output is missing
    () => signature({ name: "s", instructions: "", input: {} }),
    // @ts-expect-error instructions are an artifact or a text
    () => signature({ name: "s", instructions: 5, input: {}, output: { a: z.string() } }),
  ];
  assert.equal(wrong.length, 3);
});
