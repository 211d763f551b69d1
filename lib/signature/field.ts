import { z } from "zod";
import { InputError } from "../io/mod.ts";
import type { CompareOptions } from "./comparators.ts";
import { declarationOf, declareField, innerOf, unwrap } from "./declarations.ts";
import { isImageType } from "./image.ts";

/** One input or output field of a signature, as data. */
export interface Field {
  /** Key in the input or output object. */
  name: string;
  /** For the model and for people. */
  description: string;
  /** Short name of the type for a prompt, e.g. `one of: low, high`, `text or null`. */
  type: string;
  /** How values are compared. */
  compare: CompareOptions;
  /** Input field in which a value must occur. */
  groundedIn?: string;
  /** An input field that holds a picture, or a list of them. */
  image?: true;
  /** An output field without truth: asked for and kept, never compared. */
  unscored?: true;
}

/** The way a field is compared and, for extracted values, where it must stand. */
export type DeclaredCompare = CompareOptions & { groundedIn?: string };

/**
 * Declares how a field is compared; the zod type stays as it is.
 *
 * @param type zod type of the field.
 * @param options The comparator by name with its options; `groundedIn` names the input field in which a value
 * must occur, else it counts as hallucinated.
 * @example Usage
 * ```ts
 * import { compare } from "@lib/signature/mod.ts";
 * import { z } from "zod";
 *
 * const orderId = compare(z.string().nullable(), { by: "exact", groundedIn: "ticket" }).describe("Order number");
 * ```
 */
export function compare<T extends z.ZodType>(type: T, options: DeclaredCompare): T {
  const { groundedIn, ...comparator } = options;
  return declareField(type, { compare: comparator as CompareOptions, ...(groundedIn && { groundedIn }) });
}

/**
 * Declares an output field that has no truth, e.g. the model's own confidence: it is asked for, checked against
 * its type and kept, but it is no column of the dataset and no part of any score.
 *
 * @example Usage
 * ```ts
 * import { signature, unscored } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 * import { z } from "zod";
 *
 * const Capital = signature({
 *   name: "capital",
 *   instructions: "Name the capital.",
 *   input: { country: z.string() },
 *   output: { city: z.string(), confidence: unscored(z.number().min(0).max(1)) },
 * });
 * assert(Capital.truthSchema.safeParse({ city: "Paris" }).success);
 * ```
 */
export function unscored<T extends z.ZodType>(type: T): T {
  return declareField(type, { unscored: true });
}

/** Options of {@linkcode percent}. */
export interface PercentFieldOptions {
  /** Smallest value. @default {0} */
  min?: number;
  /** Largest value. @default {100} */
  max?: number;
  /** Largest difference that counts as the same, in points. @default {2} */
  within?: number;
}

/** A percentage in points, 0 to 100 unless said otherwise, compared within 2 points. */
export function percent(options: PercentFieldOptions = {}): z.ZodNumber {
  const { min = 0, max = 100, within = 2 } = options;
  return compare(z.number().min(min).max(max), { by: "percent", abs: within });
}

/**
 * Reads what a zod type declares, as a {@linkcode Field}.
 *
 * @throws InputError for `groundedIn` on a part of an object, where nothing would read it.
 */
export function describeField(name: string, type: z.ZodType): Field {
  const groundedIn = groundOf(type);
  const declared = declarationOf(type);
  return {
    name,
    description: descriptionOf(type) ?? "",
    type: typeName(type),
    compare: declared?.compare ?? defaultCompare(unwrap(type)),
    ...(groundedIn && { groundedIn }),
    ...(isImageField(type) && { image: true }),
    ...(declared?.unscored && { unscored: true }),
  };
}

function isImageField(type: z.ZodType): boolean {
  const inner = unwrap(type);
  return isImageType(inner) ||
    (inner instanceof z.ZodArray && isImageType(unwrap(inner.element as z.ZodType)));
}

function descriptionOf(type: z.ZodType): string | undefined {
  const inner = innerOf(type);
  return type.description ?? (inner && descriptionOf(inner));
}

function groundOf(type: z.ZodType): string | undefined {
  const inner = unwrap(type);
  return declarationOf(type)?.groundedIn ??
    (inner instanceof z.ZodArray ? groundOf(inner.element as z.ZodType) : undefined);
}

function defaultCompare(type: z.ZodType): CompareOptions {
  if (type instanceof z.ZodEnum || type instanceof z.ZodLiteral) return { by: "enum" };
  if (type instanceof z.ZodNumber) return { by: "number" };
  if (type instanceof z.ZodISODate) return { by: "date" };
  if (type instanceof z.ZodObject) return objectCompare(type);
  if (!(type instanceof z.ZodArray)) return { by: "exact" };
  const element = unwrap(type.element as z.ZodType);
  if (element instanceof z.ZodObject) return objectCompare(element);
  return { by: "list", of: describeField("", type.element as z.ZodType).compare };
}

/** An object and a list of objects are compared part by part, each part as it declares. */
function objectCompare(type: z.ZodObject): CompareOptions {
  const parts = Object.entries(type.shape as Record<string, z.ZodType>).map(([key, part]) =>
    describeField(key, part)
  );
  const grounded = parts.find(({ groundedIn }) => groundedIn !== undefined);
  if (grounded) {
    throw new InputError("A part of an object cannot be grounded on its own", {
      where: `part ${grounded.name}`,
      found: `groundedIn: ${JSON.stringify(grounded.groundedIn)}`,
      fix: "declare groundedIn on the whole field: then every part of it must occur",
    });
  }
  return { by: "objects", fields: Object.fromEntries(parts.map(({ name, compare }) => [name, compare])) };
}

function typeName(type: z.ZodType): string {
  const inner = unwrap(type);
  const nullable = type.safeParse(null).success ? " or null" : "";
  return namePlain(inner) + nullable;
}

function namePlain(type: z.ZodType): string {
  if (isImageType(type)) return "image";
  if (type instanceof z.ZodEnum) return `one of: ${type.options.join(", ")}`;
  if (type instanceof z.ZodLiteral) return `one of: ${[...type.values].map(String).join(", ")}`;
  if (type instanceof z.ZodBoolean) return "true or false";
  if (type instanceof z.ZodNumber) return numberName(type);
  if (type instanceof z.ZodISODate) return "date as YYYY-MM-DD";
  if (type instanceof z.ZodString || type instanceof z.ZodStringFormat) return "text";
  if (type instanceof z.ZodArray) return `list of: ${typeName(type.element as z.ZodType)}`;
  if (type instanceof z.ZodObject) {
    const parts = Object.entries(type.shape as Record<string, z.ZodType>);
    return `object with ${parts.map(([key, part]) => `${key} (${typeName(part)})`).join(", ")}`;
  }
  return "JSON";
}

function numberName(type: z.ZodNumber): string {
  const [low, high] = [type.minValue, type.maxValue];
  const bounded = low !== null && high !== null && low > Number.MIN_SAFE_INTEGER &&
    high < Number.MAX_SAFE_INTEGER;
  return `${type.format?.includes("int") ? "whole number" : "number"}${
    bounded ? ` from ${low} to ${high}` : ""
  }`;
}
