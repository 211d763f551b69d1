import { canonicalJson } from "../io/mod.ts";
import { nearDuplicate, nearDuplicates } from "../signature/mod.ts";

type Input = Readonly<Record<string, unknown>>;

/**
 * Whether two inputs are the same or near-duplicates: alike in every field, so that a text which many cases share,
 * e.g. a policy, makes none.
 */
export function alikeInputs(a: Input, b: Input): boolean {
  const fields = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return fields.every((name) => {
    const [left, right] = [a[name], b[name]];
    if (typeof left === "string" && typeof right === "string") return nearDuplicate(left, right);
    return plainly(left) === plainly(right);
  });
}

/**
 * The same for one input against many, without comparing every pair.
 *
 * @returns A function that gives the positions of all inputs that are alike to one.
 */
export function alikeIndex(inputs: readonly Input[]): (input: Input) => number[] {
  const fields = [...new Set(inputs.flatMap((input) => Object.keys(input)))];
  const indices = fields.map((name) => {
    const texts = nearDuplicates(inputs.map((input) => textOf(input[name])));
    return (input: Input) => texts.find(textOf(input[name]));
  });
  return (input) => {
    const [first = [], ...others] = indices.map((find) => find(input));
    const among = others.reduce((kept, found) => kept.intersection(new Set(found)), new Set(first));
    return [...among].filter((position) => alikeInputs(input, inputs[position] ?? {}));
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : plainly(value);
}

function plainly(value: unknown): string {
  return canonicalJson(value ?? null);
}
