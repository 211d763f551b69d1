import { InputError } from "@lib/io/mod.ts";
import { compare, inlineInstructions, percent, prependOutput, signature } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { z } from "zod";

const base = { name: "capital", instructions: "Name it.", input: { country: z.string() } };

function faultOf(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    assert(error instanceof InputError, `expected an InputError, got ${error}`);
    return error.message;
  }
  throw new Error("expected an InputError");
}

Deno.test("signature() describes its fields in order", () => {
  const S = signature({
    ...base,
    output: {
      zeta: z.string().describe("Last letter first"),
      alpha: percent(),
      id: compare(z.string().nullable(), { by: "exact", groundedIn: "country" }),
    },
  });
  assert.deepEqual(S.input, [{ name: "country", description: "", type: "text", compare: { by: "exact" } }]);
  assert.deepEqual(S.output.map(({ name, type, groundedIn }) => [name, type, groundedIn]), [
    ["zeta", "text", undefined],
    ["alpha", "number from 0 to 100", undefined],
    ["id", "text or null", "country"],
  ]);
  assert.deepEqual(S.jsonSchema.required, ["zeta", "alpha", "id"]);
});

Deno.test("signature() keeps a text as inline instructions with its digest", () => {
  const { instructions } = signature({ ...base, output: { city: z.string() } });
  assert.deepEqual(instructions, inlineInstructions("Name it."));
  assert.equal(instructions.source, "inline");
});

Deno.test("signature() has one digest for one contract, whatever its instructions", () => {
  const make = (instructions: string) =>
    signature({ ...base, instructions, output: { city: z.string().describe("City") } });
  assert.equal(make("One.").digest, make("Two.").digest);
});

Deno.test("signature() has another digest when name, fields, order, types, descriptions or comparators change", () => {
  const city = z.string().describe("City");
  const variants = [
    signature({ ...base, output: { city } }),
    signature({ ...base, name: "capital2", output: { city } }),
    signature({ ...base, input: {}, output: { city } }),
    signature({ ...base, input: { country: z.string().describe("Country") }, output: { city } }),
    signature({ ...base, output: { city: city.describe("Town") } }),
    signature({ ...base, output: { city: city.nullable() } }),
    signature({ ...base, output: { city: city.max(20) } }),
    signature({ ...base, output: { town: city } }),
    signature({ ...base, output: { city: compare(city, { by: "text" }) } }),
    signature({ ...base, output: { city: compare(city, { by: "exact", groundedIn: "country" }) } }),
    signature({ ...base, output: { city, note: z.string() } }),
    signature({ ...base, output: { note: z.string(), city } }),
    signature({ ...base, output: { city: z.union([z.object({ a: city, b: city }), z.string()]) } }),
    signature({ ...base, output: { city: z.union([z.object({ b: city, a: city }), z.string()]) } }),
    signature({ ...base, output: { city: percent() } }),
    signature({ ...base, output: { city: percent({ within: 3 }) } }),
  ];
  assert.equal(new Set(variants.map(({ digest }) => digest)).size, variants.length);
});

Deno.test("signature() refuses a name or a field that no file, tag or schema can carry", () => {
  for (const name of ["", "a b", "-a", "a/b", "ünder", "a\n"]) {
    assert.match(
      faultOf(() => signature({ ...base, name, output: { city: z.string() } })),
      /^Bad signature name/,
    );
  }
  for (const field of ["", "1st", "a b", "a-b", "ü", "a\n", "__proto__"]) {
    const shape = Object.fromEntries([[field, z.string()]]);
    assert.match(faultOf(() => signature({ ...base, output: shape })), /^Bad field name/);
    assert.match(
      faultOf(() => signature({ ...base, input: shape, output: { city: z.string() } })),
      /^Bad field name/,
    );
  }
});

Deno.test("signature() refuses no output, and a field that is input and output", () => {
  assert.match(faultOf(() => signature({ ...base, output: {} })), /^A signature needs an output field/);
  assert.match(
    faultOf(() => signature({ ...base, output: { country: z.string() } })),
    /input and output[^]*country/,
  );
});

Deno.test("signature() refuses groundedIn of an input that does not exist", () => {
  const city = compare(z.string(), { by: "exact", groundedIn: "contry" });
  assert.match(faultOf(() => signature({ ...base, output: { city } })), /field city[^]*contry[^]*country/);
});

Deno.test("signature() refuses an output that a reply may leave out, at any depth", () => {
  const optional: [z.ZodType, string][] = [
    [z.string().optional(), "field city"],
    [z.string().default("Paris"), "field city"],
    [z.string().catch("Paris"), "field city"],
    [z.string().nullable().optional(), "field city"],
    [z.object({ name: z.string().optional() }), "field city.name"],
    [z.array(z.object({ name: z.string(), zip: z.string().default("0") })).nullable(), "field city.zip"],
    [z.object({ parts: z.array(z.object({ name: z.string().catch("") })) }), "field city.parts.name"],
  ];
  for (const [city, where] of optional) {
    const message = faultOf(() => signature({ ...base, output: { city } }));
    assert(message.startsWith("An output field is optional") && message.includes(where), message);
  }
});

Deno.test("signature() takes an input that may be left out", () => {
  const S = signature({ ...base, input: { country: z.string().optional() }, output: { city: z.string() } });
  assert(S.inputSchema.safeParse({}).success);
});

Deno.test("signature() validates inputs and outputs by its types", () => {
  const S = signature({ ...base, output: { city: z.string().min(1), born: z.iso.date() } });
  const passes = (output: unknown) => S.outputSchema.safeParse(output).success;
  assert(passes({ city: "Paris", born: "2024-02-29" }));
  assert(!passes({ city: "Paris", born: "2026-02-29" })); // a day that does not exist
  assert(!passes({ city: "Paris" }) && !passes(null) && !passes({ city: "", born: "2024-02-29" }));
  assert(!S.inputSchema.safeParse({ country: 5 }).success);
});

Deno.test("prependOutput() puts its fields first and leaves the other signature as it is", () => {
  const S = Object.freeze(signature({ ...base, output: { city: compare(z.string(), { by: "text" }) } }));
  const before = S.digest;
  const derived = prependOutput(S, { reasoning: z.string().describe("Think") });
  assert.deepEqual(derived.output.map(({ name }) => name), ["reasoning", "city"]);
  assert.deepEqual(derived.jsonSchema.required, ["reasoning", "city"]);
  assert.deepEqual(derived.output[1], S.output[0]);
  assert.deepEqual([derived.name, derived.instructions, derived.input], [S.name, S.instructions, S.input]);
  assert.notEqual(derived.digest, before);
  assert.deepEqual([S.digest, S.output.length], [before, 1]);
});

Deno.test("prependOutput() throws when a field of that name exists", () => {
  const S = signature({ ...base, output: { city: z.string() } });
  assert.throws(() => prependOutput(S, { city: z.string() }), RangeError);
  assert.throws(() => prependOutput(S, { country: z.string() }), InputError);
});
