import { canonicalJson } from "../../io/mod.ts";

/** Text of a value for comparators of texts: `5` and `"5"` alike, objects and lists as canonical JSON. */
export function plainText(value: unknown): string {
  return typeof value === "object" ? canonicalJson(value) : String(value);
}
