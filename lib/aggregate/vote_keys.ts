import { canonicalValue, type CompareOptions } from "../signature/mod.ts";
import { readQuantities } from "./numeric/read_quantities.ts";

/**
 * The key of each value in a vote: what counts as the same has the same key. That is the comparator's
 * canonical text; numbers and percentages are read with the units they state, so that `0.5`, `.50`, `1/2` and `50 %`
 * are one value. Tolerances play no part.
 */
export function voteKeys(values: readonly unknown[], compare: CompareOptions): readonly string[] {
  const plain = values.map((value) => canonicalValue(value, compare));
  if (compare.by !== "number" && compare.by !== "percent") return plain;
  const quantities = readQuantities(values, compare.by);
  return plain.map((key, index) => {
    const quantity = quantities[index];
    return quantity ? canonicalValue(quantity.value, compare) : key;
  });
}
