import { signature, strictJsonSchema } from "@lib/signature/mod.ts";
import assert from "node:assert/strict";
import { z } from "zod";

/** Every object schema inside a schema, by its path. */
function objectSchemas(node: unknown, path = ""): [string, Record<string, unknown>][] {
  if (typeof node !== "object" || node === null) return [];
  const inner = Object.entries(node).flatMap(([key, value]) => objectSchemas(value, `${path}/${key}`));
  return "properties" in node && Reflect.get(node, "type") === "object"
    ? [[path, node as Record<string, unknown>], ...inner]
    : inner;
}

Deno.test("strictJsonSchema() writes the schema of a task to the letter, in the order of its fields", () => {
  const type = z.object({
    reason: z.enum(["late", "broken"]).describe("Main reason"),
    order_id: z.string().regex(/^[A-Z]{2}-[0-9]{5}$/).nullable(),
    share: z.number().min(0).max(100),
    lines: z.array(z.object({ name: z.string(), count: z.int().nullable() })),
  });
  assert.equal(
    JSON.stringify(strictJsonSchema(type)),
    '{"type":"object","properties":{' +
      '"reason":{"type":"string","enum":["late","broken"],"description":"Main reason"},' +
      '"order_id":{"anyOf":[{"type":"string","pattern":"^[A-Z]{2}-[0-9]{5}$"},{"type":"null"}]},' +
      '"share":{"type":"number","minimum":0,"maximum":100},' +
      '"lines":{"type":"array","items":{"type":"object","properties":{"name":{"type":"string"},' +
      '"count":{"anyOf":[{"type":"integer","minimum":-9007199254740991,"maximum":9007199254740991},{"type":"null"}]}},' +
      '"required":["name","count"],"additionalProperties":false}}},' +
      '"required":["reason","order_id","share","lines"],"additionalProperties":false}',
  );
});

Deno.test("strictJsonSchema() closes objects at every level: in lists, unions, tuples and named parts", () => {
  const part = z.object({ a: z.string() }).meta({ id: "part" });
  const type = z.object({
    deep: z.object({ deeper: z.array(z.object({ x: z.number() })) }),
    either: z.union([z.object({ b: z.string() }), z.object({ c: z.string() })]).nullable(),
    pair: z.tuple([z.object({ d: z.string() }), z.string()]),
    first: part,
    second: part,
    open: z.looseObject({ e: z.string() }),
  });
  const schemas = objectSchemas(strictJsonSchema(type));
  assert.equal(schemas.length, 8);
  for (const [path, schema] of schemas) {
    assert.equal(schema.additionalProperties, false, path);
    assert.deepEqual(schema.required, Object.keys(schema.properties as object), path);
  }
});

Deno.test("strictJsonSchema() takes fields named type, properties and required for fields", () => {
  const type = z.object({ type: z.literal("object"), properties: z.string(), required: z.array(z.string()) });
  const schema = strictJsonSchema(type);
  assert.deepEqual(schema.required, ["type", "properties", "required"]);
  assert.deepEqual(Object.keys(schema.properties as object), ["type", "properties", "required"]);
});

Deno.test("strictJsonSchema() names no dialect, as strict providers take none", () => {
  assert.equal("$schema" in strictJsonSchema(z.object({ a: z.string() })), false);
});

Deno.test("strictJsonSchema() throws for a type that has no JSON", () => {
  for (
    const type of [
      z.date(),
      z.bigint(),
      z.map(z.string(), z.string()),
      z.string().transform((text) => text.length),
    ]
  ) {
    assert.throws(() => strictJsonSchema(z.object({ field: type })));
    assert.throws(() => signature({ name: "s", instructions: "", input: {}, output: { field: type } }));
  }
});
