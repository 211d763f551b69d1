import type { Program } from "../types.ts";
import type { ContextSource, Gathered } from "./source.ts";

/**
 * An intermediate result as background: what a pure function makes of the input, or what another program
 * answers to it. A text is shown as it stands, other values as JSON; `undefined` is left out.
 *
 * @param title Heading of the block.
 * @param from A pure function of the input, or a program that takes the same input; when it fails or
 * abstains, so does the whole.
 */
export function derived<I>(title: string, from: ((input: I) => unknown) | Program<I>): ContextSource {
  const program = typeof from === "function" ? undefined : from as Program;
  const compute = typeof from === "function" ? from as (input: unknown) => unknown : undefined;
  return {
    name: "derived",
    describe: () => ({ title, from: program?.describe() ?? String(compute) }),
    ...(program && { forecast: () => program.forecast() }),
    async gather(input, scope): Promise<Gathered> {
      if (!program) return { status: "ok", blocks: blockOf(title, compute?.(input)) };
      const prediction = await program.run(input, { ...scope, path: [...scope.path, `derived ${title}`] });
      const { calls } = prediction;
      switch (prediction.status) {
        case "ok":
          return { status: "ok", blocks: blockOf(title, prediction.output), calls };
        case "abstained":
          return { status: "abstained", reason: `derived ${title}: ${prediction.reason}`, calls };
        case "failed": {
          const message = `derived ${title}: ${prediction.failure.message}`;
          return { status: "failed", failure: { ...prediction.failure, message }, calls };
        }
      }
    },
  };
}

function blockOf(title: string, value: unknown) {
  if (value === undefined) return [];
  return [{ title, text: typeof value === "string" ? value : JSON.stringify(value) }];
}
