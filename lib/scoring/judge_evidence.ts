import type { Signature } from "../signature/mod.ts";

/** An output with the case that it answers, as far as a judge may see it. */
export interface JudgedOutput {
  input: Readonly<Record<string, unknown>>;
  output: Readonly<Record<string, unknown>>;
  /** Ground truth; a judge without a reference does not see it. */
  expected: Readonly<Record<string, unknown>>;
}

/** Input of a judge. */
export type Evidence = Readonly<Record<string, unknown>>;

/**
 * The input of a judge with every text made harmless: text under judgement is hostile, and a tag of any field inside
 * a text could pass for that field, e.g. an output that brings a reference of its own.
 */
export function seenInput(
  { input: fields }: Pick<Signature, "input">,
  evidence: Evidence,
): Record<string, unknown> {
  const tags = new RegExp(`<(\\s*/?\\s*)(${fields.map(({ name }) => name).join("|")})(?=[\\s>/]|$)`, "gi");
  const harmless = (text: string) => text.includes("<") ? text.replaceAll(tags, "‹$1$2") : text;
  return Object.fromEntries(fields.map(({ name, image }) => {
    const value = evidence[name];
    if (image || value === undefined) return [name, value];
    return [name, harmless(typeof value === "string" ? value : JSON.stringify(value))];
  }));
}
