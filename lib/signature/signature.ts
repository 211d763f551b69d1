import { z } from "zod";
import { digest, digestText, InputError } from "../io/mod.ts";
import { checkImages } from "./check_images.ts";
import { unwrap } from "./declarations.ts";
import { describeField, type Field } from "./field.ts";
import { strictJsonSchema } from "./json_schema.ts";

/** The text that tells a model what to do: an artifact with a digest, kept apart from the signature. */
export interface Instructions {
  /** The text itself. */
  text: string;
  /** SHA-256 of the text. */
  digest: string;
  /** Where it came from: a file name, or `inline`. */
  source: string;
}

/** A typed contract: named inputs, named outputs, how each output is compared. Pure data beside its zod types. */
export interface Signature<I = Record<string, unknown>, O = Record<string, unknown>> {
  /** Stable name, e.g. `ticket_triage`. */
  name: string;
  /** Default instructions; an experiment may put others in their place. */
  instructions: Instructions;
  /** Input fields in order. */
  input: readonly Field[];
  /** Output fields in order. */
  output: readonly Field[];
  /** Validates an input. */
  inputSchema: z.ZodType<I>;
  /** Validates an output. */
  outputSchema: z.ZodType<O>;
  /** Validates a ground truth: an output without its unscored fields. */
  truthSchema: z.ZodType<O>;
  /** zod type of each input field, to derive signatures from this one. */
  inputShape: Readonly<Record<string, z.ZodType>>;
  /** zod type of each output field, likewise. */
  outputShape: Readonly<Record<string, z.ZodType>>;
  /** Strict JSON schema of the output, as sent to a provider. */
  jsonSchema: Readonly<Record<string, unknown>>;
  /** SHA-256 of fields, descriptions, comparators and schema; the instructions have a digest of their own. */
  digest: string;
}

/** The input type of a signature. */
export type InputOf<S> = S extends Signature<infer I, infer _> ? I : never;
/** The output type of a signature. */
export type OutputOf<S> = S extends Signature<infer _, infer O> ? O : never;

/** What {@linkcode signature} is made from. */
export interface SignatureDefinition<I extends z.ZodRawShape, O extends z.ZodRawShape> {
  /** Stable name: letters, digits, `_` and `-`. */
  name: string;
  /** A prompt artifact (see `promptFile`) or a plain text. */
  instructions: Instructions | string;
  /** zod type of each input field. */
  input: I;
  /** zod type of each output field. */
  output: O;
}

/**
 * Makes a signature; input and output types are inferred from the fields.
 *
 * @throws InputError for a bad name, no output, a field that is input and output, an optional output
 * (providers' strict schemas have none: use `.nullable()`), `groundedIn` of an input that is unknown or a picture, no
 * output that is scored, and a picture in an output or inside an object.
 * @example Usage
 * ```ts
 * import { signature } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 * import { z } from "zod";
 *
 * const Capital = signature({
 *   name: "capital",
 *   instructions: "Name the capital.",
 *   input: { country: z.string() },
 *   output: { city: z.string().describe("The capital city") },
 * });
 * assert.deepEqual(Capital.jsonSchema.required, ["city"]);
 * ```
 */
export function signature<I extends z.ZodRawShape, O extends z.ZodRawShape>(
  definition: SignatureDefinition<I, O>,
): Signature<z.infer<z.ZodObject<I>>, z.infer<z.ZodObject<O>>> {
  const { name, input, output } = definition;
  const inputShape = input as unknown as Record<string, z.ZodType>;
  const outputShape = output as unknown as Record<string, z.ZodType>;
  const inputFields = Object.entries(inputShape).map(([key, type]) => describeField(key, type));
  const outputFields = Object.entries(outputShape).map(([key, type]) => describeField(key, type));
  checkFields(name, inputFields, outputFields, outputShape);
  checkImages(`signature ${JSON.stringify(name)}`, inputFields, outputFields, {
    ...inputShape,
    ...outputShape,
  });
  const truths = outputFields.flatMap(({ name: key, unscored }) => unscored ? [] : [[key, output[key]]]);
  const outputSchema = z.object(output);
  const jsonSchema = strictJsonSchema(outputSchema);
  return {
    name,
    instructions: typeof definition.instructions === "string"
      ? inlineInstructions(definition.instructions)
      : definition.instructions,
    input: inputFields,
    output: outputFields,
    inputSchema: z.object(input),
    outputSchema,
    // a truth has every field of an output that anything reads of it
    truthSchema: z.object(Object.fromEntries(truths)) as unknown as z.ZodType<z.infer<z.ZodObject<O>>>,
    inputShape,
    outputShape,
    jsonSchema,
    // the order of fields is what a model sees, so it is part of the digest
    digest: digest({ name, input: inputFields, output: outputFields, schema: JSON.stringify(jsonSchema) }),
  };
}

/**
 * A signature with output fields put before those of another one, e.g. a place to reason in.
 *
 * @param first zod type of each new field; a model fills them first.
 * @throws RangeError when a field of that name exists.
 */
export function prependOutput<I, O, F extends z.ZodRawShape>(
  base: Signature<I, O>,
  first: F,
): Signature<I, O & z.infer<z.ZodObject<F>>> {
  const clash = Object.keys(first).find((name) => Object.hasOwn(base.outputShape, name));
  if (clash) throw new RangeError(`Cannot add output field "${clash}" as ${base.name} has one of that name`);
  const derived = signature({
    name: base.name,
    instructions: base.instructions,
    input: base.inputShape,
    output: { ...first, ...base.outputShape },
  });
  // the shapes of a signature are those its types were inferred from
  return derived as unknown as Signature<I, O & z.infer<z.ZodObject<F>>>;
}

/** The output fields that have a truth and are compared. */
export function scoredFields({ output }: Pick<Signature, "output">): readonly Field[] {
  return output.filter(({ unscored }) => !unscored);
}

/** Instructions from a text in the code, for scripts and tests; tasks keep theirs in files. */
export function inlineInstructions(text: string): Instructions {
  return { text, digest: digestText(text), source: "inline" };
}

function checkFields(name: string, input: Field[], output: Field[], shape: Record<string, z.ZodType>): void {
  const where = `signature ${JSON.stringify(name)}`;
  const fieldName = /^(?!__proto__$)[A-Za-z_][A-Za-z0-9_]*$/;
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(name)) {
    throw new InputError("Bad signature name", { where, expected: "letters, digits, _ and -" });
  }
  if (output.length === 0) throw new InputError("A signature needs an output field", { where });
  if (output.every(({ unscored }) => unscored)) {
    throw new InputError("A signature needs an output field that is scored", {
      where,
      found: `unscored: ${output.map((field) => field.name).join(", ")}`,
      fix: "score at least one of them: a case in which nothing is compared would always count as correct",
    });
  }
  for (const field of [...input, ...output]) {
    if (!fieldName.test(field.name)) {
      throw new InputError("Bad field name", {
        where,
        found: JSON.stringify(field.name),
        expected: "letters, digits and _",
      });
    }
  }
  for (const field of output) {
    if (input.some((other) => other.name === field.name)) {
      throw new InputError("A field is both input and output", {
        where,
        found: field.name,
        fix: "rename one of them",
      });
    }
    if (field.groundedIn !== undefined && !input.some((other) => other.name === field.groundedIn)) {
      throw new InputError("A field is grounded in an input that does not exist", {
        where: `${where}, field ${field.name}`,
        found: field.groundedIn,
        expected: input.map((other) => other.name).join(", "),
      });
    }
    const type = shape[field.name];
    const optional = type && optionalPart(type, field.name);
    if (optional !== undefined) {
      throw new InputError("An output field is optional", {
        where: `${where}, field ${optional}`,
        expected: "a value or null in every reply, as strict provider schemas demand",
        fix: "use .nullable() in place of .optional() or .default()",
      });
    }
  }
}

/** Path of the first part that a reply could leave out, e.g. `lines.note`. */
function optionalPart(type: z.ZodType, path: string): string | undefined {
  if (type.safeParse(undefined).success) return path;
  const inner = unwrap(type);
  const element = inner instanceof z.ZodArray ? unwrap(inner.element as z.ZodType) : inner;
  if (!(element instanceof z.ZodObject)) return undefined;
  for (const [key, part] of Object.entries(element.shape as Record<string, z.ZodType>)) {
    const found = optionalPart(part, `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
