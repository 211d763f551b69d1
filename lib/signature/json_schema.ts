import { z } from "zod";

/**
 * The strict JSON schema of an output, as OpenAI-compatible providers demand: every property required, no
 * others allowed, at every level. Fields keep their order: models write in it.
 *
 * @throws Error when a type has no JSON schema (a date object, a function).
 */
export function strictJsonSchema(type: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { target: "draft-2020-12", io: "output" });
  return close(schema) as Record<string, unknown>;
}

function close(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(close);
  if (typeof node !== "object" || node === null) return node;
  const closed = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, close(value)]));
  if (closed.type !== "object" || typeof closed.properties !== "object") return closed;
  return { ...closed, required: Object.keys(closed.properties as object), additionalProperties: false };
}
