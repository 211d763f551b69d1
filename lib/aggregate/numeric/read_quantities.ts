import { type Quantity, readQuantity } from "./read_quantity.ts";

/**
 * Reads the values of a field together: of two that differ by exactly x100, one with its unit and one
 * without, the unit of the field decides. In a field of percentages `0.5` beside `50 %` is 50; in a field of numbers
 * `50 %` beside `0.5` is 0.5, while `50 %` beside `50` stays 50.
 */
export function readQuantities(
  values: readonly unknown[],
  by: "number" | "percent",
): readonly (Quantity | undefined)[] {
  const quantities = values.map((value) => readQuantity(value, by));
  const valuesOf = (marked: boolean) =>
    quantities.flatMap((quantity) => (quantity?.marked === marked ? [quantity.value] : []));
  const [marked, bare] = [valuesOf(true), valuesOf(false)];
  return quantities.map((quantity) => {
    if (!quantity) return undefined;
    if (by === "percent" && !quantity.marked) {
      return {
        ...quantity,
        value: marked.find((points) => same(quantity.value * 100, points)) ?? quantity.value,
      };
    }
    if (by === "number" && quantity.marked && !bare.some((number) => same(number, quantity.value))) {
      return {
        ...quantity,
        value: bare.find((number) => same(quantity.value / 100, number)) ?? quantity.value,
      };
    }
    return quantity;
  });
}

function same(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.abs(b);
}
