import { z } from "zod";
import { unwrap } from "../signature/mod.ts";

/**
 * Reads a CSV cell as the value of a field: text as it stands, numbers, `true` and `false`, lists and
 * objects as JSON; an empty cell of a nullable field is null. What cannot be read stays a text, so that
 * validation names it as found.
 */
export function readCell(type: z.ZodType, cell: string): unknown {
  if (cell === "" && type.safeParse(null).success) return null;
  if (cell === "" && type.safeParse(undefined).success) return undefined;
  const inner = unwrap(type);
  if (inner instanceof z.ZodNumber) return plainNumber(cell) ?? cell;
  if (inner instanceof z.ZodBoolean) {
    return /^(true|false)$/i.test(cell) ? cell.toLowerCase() === "true" : cell;
  }
  if (inner instanceof z.ZodArray || inner instanceof z.ZodObject) return json(cell);
  const literals = inner instanceof z.ZodEnum
    ? inner.options
    : inner instanceof z.ZodLiteral
    ? [...inner.values]
    : [];
  return literals.find((literal) => typeof literal === "number" && literal === plainNumber(cell)) ?? cell;
}

function plainNumber(cell: string): number | undefined {
  return /^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$/.test(cell) ? Number(cell) : undefined;
}

function json(cell: string): unknown {
  try {
    return JSON.parse(cell);
  } catch {
    return cell; // validation says that it is no list or object, and shows it
  }
}
