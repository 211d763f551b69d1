import { digest, digestText, InputError } from "../io/mod.ts";
import type { Demo } from "../prompt/mod.ts";
import type { Instructions } from "../signature/mod.ts";
import { type CompiledArtifact, demosOf } from "./compiled_artifact.ts";
import type { Program } from "./types.ts";

/**
 * A program with what was learnt for it: worked examples and instructions for the calls of each signature. Where the
 * programs round it show examples too, those stand behind its own. To run it on a case that an example was
 * learnt from is a `LeakError`.
 *
 * An artifact that no longer fits is refused by `run()`, before a request: a task that names it still loads, so
 * that it can be compiled again.
 *
 * @param artifact Of `artifactFile()`, or as an optimizer made it.
 * @throws InputError in `run()` when the signature or the program has changed since.
 * @example Usage
 * ```ts
 * import { type CompiledArtifact, compiled, predict } from "@lib/program/mod.ts";
 * import { signature } from "@lib/signature/mod.ts";
 * import { digest } from "@lib/io/mod.ts";
 * import assert from "node:assert/strict";
 * import { z } from "zod";
 *
 * const Capital = signature({ name: "capital", instructions: "", input: {}, output: { city: z.string() } });
 * const program = predict(Capital);
 * const artifact: CompiledArtifact = {
 *   format: "assay-compiled/1",
 *   digest: "of the content",
 *   variant: "predict",
 *   digests: { signature: Capital.digest, program: digest(program.describe()) },
 *   instructions: { capital: "Name the capital." },
 *   demos: {},
 * };
 * assert.equal(compiled(program, artifact).describe().artifact, "of the content");
 * ```
 */
export function compiled<I, O>(program: Program<I, O>, artifact: CompiledArtifact): Program<I, O> {
  const demos = demosOf(artifact);
  const instructions = instructionsOf(artifact);
  let fault: InputError | "none" | undefined; // a composition never changes, so it is compared once
  return {
    name: "compiled",
    signature: program.signature,
    describe: () => ({ strategy: "compiled", artifact: artifact.digest, program: program.describe() }),
    forecast: program.forecast,
    run(input, scope) {
      fault ??= faultOf(program, artifact) ?? "none";
      if (fault !== "none") return Promise.reject(fault);
      return program.run(input, {
        ...scope,
        prompts: { ...scope.prompts, ...instructions },
        demos: withOwn(demos, scope.demos),
      });
    },
  };
}

function withOwn(
  own: Readonly<Record<string, readonly Demo[]>>,
  others: Readonly<Record<string, readonly Demo[]>> = {},
): Record<string, readonly Demo[]> {
  const merged: Record<string, readonly Demo[]> = { ...others };
  for (const [name, demos] of Object.entries(own)) {
    const shown = new Set(demos.flatMap(({ origin }) => origin?.id ?? []));
    const more = (others[name] ?? []).filter(({ origin }) => !origin || !shown.has(origin.id));
    merged[name] = [...demos, ...more];
  }
  return merged;
}

function instructionsOf({ instructions, digest: version }: CompiledArtifact): Record<string, Instructions> {
  return Object.fromEntries(
    Object.entries(instructions).map(([name, text]) => [
      name,
      { text, digest: digestText(text), source: `compiled ${version.slice(0, 12)}` },
    ]),
  );
}

function faultOf<I, O>(
  program: Program<I, O>,
  { variant, digests }: CompiledArtifact,
): InputError | undefined {
  const now = { signature: program.signature.digest, program: digest(program.describe()) };
  const changed = (["signature", "program"] as const).find((part) => now[part] !== digests[part]);
  if (changed === undefined) return undefined;
  return new InputError(`A compiled artifact no longer fits its ${changed}`, {
    where: `artifact of the variant ${variant}`,
    found: `${changed} of digest ${now[changed].slice(0, 12)}`,
    expected: `${digests[changed].slice(0, 12)}, for which it was compiled`,
    fix: `compile again: deno task compile TASK --variant ${variant}`,
  });
}
