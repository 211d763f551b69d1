import { InputError } from "@lib/io/mod.ts";
import { compare, describeField, percent, unwrap } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { z } from "zod";

const declared = { by: "text", synonyms: { nyc: "new york" } } as const;

function compareOf(type: z.ZodType) {
  return describeField("field", type).compare;
}

function typeOf(type: z.ZodType): string {
  return describeField("field", type).type;
}

Deno.test("compare() is kept through describe(), checks, nullable(), optional(), default(), readonly() and meta()", () => {
  const base = () => compare(z.string(), { ...declared, groundedIn: "ticket" });
  for (
    const type of [
      base(),
      base().describe("City"),
      base().min(1).regex(/^a/).describe("City"),
      base().nullable(),
      base().nullable().describe("City").optional(),
      base().optional().default("x").readonly(),
      base().meta({ title: "City" }),
      base().refine((text) => text !== "x"),
      base().brand<"City">(),
    ]
  ) {
    const field = describeField("city", type);
    assert.deepEqual([field.compare, field.groundedIn], [declared, "ticket"]);
  }
});

Deno.test("compare() keeps the description that stands before it, in it and after it", () => {
  assert.equal(describeField("f", compare(z.string().describe("City"), declared)).description, "City");
  assert.equal(describeField("f", compare(z.string(), declared).describe("City")).description, "City");
  assert.equal(
    describeField("f", compare(z.string().describe("City").nullable(), declared)).description,
    "City",
  );
});

Deno.test("compare() leaves the type that it is given as it was", () => {
  const plain = z.string();
  compare(plain, { ...declared, groundedIn: "ticket" });
  assert.deepEqual(compareOf(plain), { by: "exact" });
  assert.equal(describeField("f", plain).groundedIn, undefined);
});

Deno.test("compare() declares on a wrapper in place of what is wrapped, and the last of two counts", () => {
  assert.deepEqual(compareOf(compare(compare(z.string(), declared).nullable(), { by: "date" })), {
    by: "date",
  });
  assert.deepEqual(compareOf(compare(compare(z.string(), declared), { by: "date" })), { by: "date" });
});

Deno.test("compare() keeps what the type accepts", () => {
  const type = compare(z.string().min(2).nullable(), declared);
  assert.deepEqual(["ab", null, "a", 5].map((value) => type.safeParse(value).success), [
    true,
    true,
    false,
    false,
  ]);
});

Deno.test("percent() accepts 0 to 100 and compares within 2 points, unless said otherwise", () => {
  assert.deepEqual(compareOf(percent()), { by: "percent", abs: 2 });
  assert.equal(typeOf(percent()), "number from 0 to 100");
  assert.deepEqual([0, 100, -0.1, 100.1, null].map((value) => percent().safeParse(value).success), [
    true,
    true,
    false,
    false,
    false,
  ]);
  const other = percent({ min: -50, max: 50, within: 0.5 }).nullable().describe("Change");
  assert.deepEqual(compareOf(other), { by: "percent", abs: 0.5 });
  assert.equal(typeOf(other), "number from -50 to 50 or null");
});

Deno.test("describeField() picks a comparator by the type", () => {
  assert.deepEqual(compareOf(z.enum(["a", "b"])), { by: "enum" });
  assert.deepEqual(compareOf(z.enum({ One: 1, Two: 2 })), { by: "enum" });
  assert.deepEqual(compareOf(z.literal("a").nullable()), { by: "enum" });
  for (const type of [z.number(), z.int(), z.number().int().min(1), z.float32()]) {
    assert.deepEqual(compareOf(type), { by: "number" });
  }
  assert.deepEqual(compareOf(z.iso.date()), { by: "date" });
  assert.deepEqual(compareOf(z.boolean()), { by: "exact" });
  assert.deepEqual(compareOf(z.string()), { by: "exact" });
  assert.deepEqual(compareOf(z.union([z.string(), z.number()])), { by: "exact" });
});

Deno.test("describeField() compares the members of a list as they declare, through wrappers", () => {
  assert.deepEqual(compareOf(z.array(z.string())), { by: "list", of: { by: "exact" } });
  assert.deepEqual(compareOf(z.array(compare(z.string(), declared))), { by: "list", of: declared });
  assert.deepEqual(compareOf(z.array(percent().nullable()).nullable()), {
    by: "list",
    of: { by: "percent", abs: 2 },
  });
  assert.deepEqual(compareOf(z.array(z.array(z.number()))), {
    by: "list",
    of: { by: "list", of: { by: "number" } },
  });
  assert.deepEqual(compareOf(compare(z.array(z.string()), { by: "set" })), { by: "set" });
});

Deno.test("describeField() compares the parts of an object and of a list of objects as they declare", () => {
  const line = z.object({
    name: compare(z.string(), declared),
    share: percent().describe("Share"),
    note: z.string().nullable(),
  });
  const parts = {
    by: "objects",
    fields: { name: declared, share: { by: "percent", abs: 2 }, note: { by: "exact" } },
  };
  assert.deepEqual(compareOf(line), parts);
  assert.deepEqual(compareOf(z.array(line.nullable()).describe("Lines")), parts);
});

Deno.test("describeField() lifts groundedIn from the members of a list to the list", () => {
  const ids = z.array(compare(z.string(), { by: "exact", groundedIn: "ticket" })).nullable();
  assert.equal(describeField("ids", ids).groundedIn, "ticket");
});

Deno.test("describeField() refuses groundedIn on a part of an object, where nothing would read it", () => {
  const line = z.object({ id: compare(z.string(), { by: "exact", groundedIn: "ticket" }) });
  assert.throws(() => describeField("lines", z.array(line)), InputError);
  assert.throws(() => describeField("line", line), /part id/);
});

Deno.test("describeField() names types for a prompt", () => {
  const names: [z.ZodType, string][] = [
    [z.string(), "text"],
    [z.email(), "text"],
    [z.string().nullable(), "text or null"],
    [z.string().optional(), "text"],
    [z.boolean(), "true or false"],
    [z.enum(["low", "high"]), "one of: low, high"],
    [z.enum({ One: 1, Two: 2 }), "one of: 1, 2"],
    [z.literal(["yes", "no"]), "one of: yes, no"],
    [z.number(), "number"],
    [z.number().min(0), "number"],
    [z.number().min(-1.5).max(1.5), "number from -1.5 to 1.5"],
    [z.int(), "whole number"],
    [z.int().max(10), "whole number"],
    [z.number().int().min(1).max(5).nullable(), "whole number from 1 to 5 or null"],
    [z.iso.date(), "date as YYYY-MM-DD"],
    [z.array(z.string()), "list of: text"],
    [
      z.array(z.object({ a: z.string(), b: z.int().nullable() })),
      "list of: object with a (text), b (whole number or null)",
    ],
    [z.record(z.string(), z.number()), "JSON"],
  ];
  for (const [type, name] of names) assert.equal(typeOf(type), name);
});

Deno.test("describeField() finds the description at any layer, the outermost first", () => {
  const description = (type: z.ZodType) => describeField("f", type).description;
  assert.equal(description(z.string()), "");
  assert.equal(description(z.string().describe("in")), "in");
  assert.equal(description(z.string().describe("in").nullable()), "in");
  assert.equal(description(z.string().describe("in").nullable().describe("middle").optional()), "middle");
  assert.equal(description(z.string().describe("in").nullable().describe("out")), "out");
});

Deno.test("unwrap() gives the type below all wrappers", () => {
  assert(unwrap(z.int().nullable().optional().default(1).readonly()) instanceof z.ZodNumber);
  const list = z.array(z.string().nullable());
  assert.equal(unwrap(list), list);
});
