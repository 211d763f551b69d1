import type { Case } from "../dataset/mod.ts";
import type { CompiledDemo, Step } from "../program/mod.ts";

/**
 * The example of a case for a signature, made of its truth; a call inside a workflow may take fields of the truth
 * as its input too. There is none where the case does not hold all fields: an example without the reasoning of a
 * chain of thought would teach to skip it.
 */
export function labelledDemo(signature: Step["signature"], entry: Case): CompiledDemo | undefined {
  if (signature.input.some(({ image }) => image)) return undefined;
  const input = pick(signature.input, [entry.input, entry.expected]);
  const output = pick(signature.output, [entry.expected]);
  if (!input || !output || !fits(signature.inputShape, input) || !fits(signature.outputShape, output)) {
    return undefined;
  }
  const { id, group, session, at } = entry;
  const same = Object.keys(entry.input).length === signature.input.length &&
    signature.input.every(({ name }) => Object.hasOwn(entry.input, name));
  return {
    from: "labelled",
    case: {
      id,
      ...(group && { group }),
      ...(session && { session }),
      ...(at && { at }),
      ...(!same && { input: entry.input }),
    },
    input,
    output,
  };
}

function pick(
  fields: Step["signature"]["input"],
  sources: readonly Readonly<Record<string, unknown>>[],
): Record<string, unknown> | undefined {
  const found = fields.map(({ name }) => {
    const source = sources.find((one) => Object.hasOwn(one, name));
    return source && [name, source[name]] as const;
  });
  return found.every((entry) => entry !== undefined) ? Object.fromEntries(found) : undefined;
}

function fits(shape: Step["signature"]["inputShape"], values: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(shape).every(([name, type]) => type.safeParse(values[name]).success);
}
