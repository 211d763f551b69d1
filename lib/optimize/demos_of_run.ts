import { canonicalJson } from "../io/mod.ts";
import type { CallRecord, CompiledDemo, Step } from "../program/mod.ts";
import type { CaseRun } from "./types.ts";

/**
 * The worked examples of a run that was right: for each signature the request whose answer went into the result,
 * with all that the reply held, the reasoning of a chain of thought included. Of several such requests (samples,
 * repeated calls) it is the first by its place in the program. Requests with pictures make none, as an artifact
 * holds no bytes.
 *
 * @returns A demo by signature name.
 */
export function demosOfRun({ case: entry, prediction, steps }: CaseRun): Map<string, CompiledDemo> {
  const found = new Map<string, CompiledDemo>();
  for (const step of steps.toSorted(byPlace)) {
    const { signature, input, path, parsed } = step;
    if (parsed.status !== "ok" || found.has(signature.name)) continue;
    if (signature.input.some(({ image }) => image)) continue;
    const output = parsed.output as Record<string, unknown>;
    if (!outputsAt(path, prediction).some((wanted) => agrees(output, wanted))) continue;
    const { id, group, session, at } = entry;
    const same = canonicalJson(entry.input) === canonicalJson(input);
    found.set(signature.name, {
      from: "bootstrapped",
      case: {
        id,
        ...(group && { group }),
        ...(session && { session }),
        ...(at && { at }),
        ...(!same && { input: entry.input }),
      },
      input,
      output,
    });
  }
  return found;
}

/** By path, then by content: the order of arrival is that of the clock. */
function byPlace(a: Step, b: Step): number {
  const [left, right] = [a, b].map(({ path, input, parsed }) => canonicalJson([path, input, parsed]));
  return left! < right! ? -1 : 1;
}

/** What the named call at a place of the program came to, or the program itself where the place is in no call. */
function outputsAt(path: readonly string[], prediction: CaseRun["prediction"]): unknown[] {
  let level: readonly unknown[] = [prediction];
  for (const name of path) {
    const calls = level.flatMap(callsOf).filter((record) => record.name === name);
    if (calls.length > 0) level = calls; // other names are those of samples, attempts and corrections
  }
  return level.flatMap((one) => isOk(one) ? [one.output] : []);
}

function callsOf(of: unknown): CallRecord[] {
  const { diagnostics } = of as { diagnostics?: { calls?: unknown } };
  return Array.isArray(diagnostics?.calls) ? diagnostics.calls : [];
}

function isOk(one: unknown): one is { status: "ok"; output: unknown } {
  return (one as { status?: unknown }).status === "ok";
}

/** Whether an answer holds every field of a result with the same value. */
function agrees(answer: Readonly<Record<string, unknown>>, result: unknown): boolean {
  return Object.entries(result as Record<string, unknown>).every(([name, value]) =>
    Object.hasOwn(answer, name) && canonicalJson(answer[name] ?? null) === canonicalJson(value ?? null)
  );
}
