import { z } from "zod";
import type { CompareOptions } from "./comparators.ts";

/** What a field declares beside its zod type. */
export interface FieldDeclaration {
  /** How values are compared. */
  compare?: CompareOptions;
  /** Input field in which a value must occur; a value that does not is made up. */
  groundedIn?: string;
  /** Holds a picture. */
  image?: true;
  /** Has no truth and is not compared. */
  unscored?: true;
}

// keyed by the zod object itself, as zod keeps descriptions; clones (`.describe()`, `.min()`) inherit through zod's `parent`
const declarations = z.registry<FieldDeclaration>();

/** A copy of a type with a declaration; what the type declared before stays. */
export function declareField<T extends z.ZodType>(type: T, declaration: FieldDeclaration): T {
  const copy = type.clone() as T;
  declarations.add(copy, declaration);
  return copy;
}

/** What a type, or the type inside its `nullable`, `optional` and the like, declares. */
export function declarationOf(type: z.ZodType): FieldDeclaration | undefined {
  const inner = innerOf(type);
  const [own, below] = [declarations.get(type), inner && declarationOf(inner)];
  return own && below ? { ...below, ...own } : own ?? below;
}

/** The type below `nullable`, `optional`, `default` and the like. */
export function unwrap(type: z.ZodType): z.ZodType {
  const inner = innerOf(type);
  return inner ? unwrap(inner) : type;
}

/** The type one level down. */
export function innerOf(type: z.ZodType): z.ZodType | undefined {
  return (type as { def?: { innerType?: z.ZodType } }).def?.innerType;
}
