import type { Call } from "../model/mod.ts";
import type { ContextBlock } from "../prompt/mod.ts";
import { sumForecasts } from "./forecast.ts";
import type { ContextSource } from "./sources/source.ts";
import type { Prediction, Program } from "./types.ts";

/** Options of {@linkcode selfContext}. */
export interface SelfContextOptions {
  /** Where context comes from, the most important first. */
  sources: readonly ContextSource[];
  /** Most characters of all blocks together, titles included. @default {4000} */
  maxCharacters?: number;
}

/**
 * Lays background into every call of a program: what was answered before, what is known of the user, what
 * earlier steps found. What was put in stands in the messages of each call and, by title, size and source, in
 * `diagnostics.context`.
 *
 * What does not fit into `maxCharacters` is dropped block by block, whole: those of the last source first,
 * within a source the first block first.
 *
 * @throws RangeError for no source or a limit that is no count.
 * @example Usage
 * ```ts
 * import { predict, selfContext, userState } from "@lib/program/mod.ts";
 * import { signature } from "@lib/signature/mod.ts";
 * import assert from "node:assert/strict";
 * import { z } from "zod";
 *
 * const Share = signature({ name: "share", instructions: "", input: { ticket: z.string() }, output: { share: z.number() } });
 * const program = selfContext(predict(Share), { sources: [userState("tier")] });
 * assert.deepEqual(program.forecast().calls, { least: 1, most: 2 }); // the second is a correction
 * ```
 */
export function selfContext<I, O>(program: Program<I, O>, options: SelfContextOptions): Program<I, O> {
  const { sources, maxCharacters = 4000 } = options;
  if (sources.length === 0) {
    throw new RangeError("Cannot give context as sources must hold at least one source");
  }
  if (!Number.isInteger(maxCharacters) || maxCharacters < 1) {
    throw new RangeError(
      `Cannot give context as maxCharacters must be an integer >= 1: current value is ${maxCharacters}`,
    );
  }
  return {
    name: "selfContext",
    signature: program.signature,
    describe: () => ({
      strategy: "selfContext",
      sources: sources.map((source) => ({ source: source.name, ...source.describe() })),
      maxCharacters,
      program: program.describe(),
    }),
    forecast: () =>
      sumForecasts([...sources.flatMap((source) => source.forecast?.() ?? []), program.forecast()]),
    async run(input, scope): Promise<Prediction<O>> {
      const blocks: Found[] = [];
      const spent: Call[] = [];
      for (const [rank, source] of sources.entries()) {
        const gathered = await source.gather(input as Record<string, unknown>, scope);
        spent.push(...gathered.calls ?? []);
        if (gathered.status !== "ok") return { ...gathered, diagnostics: {}, calls: spent };
        blocks.push(...gathered.blocks.map((block) => ({ rank, source: source.name, block })));
      }
      const kept = fit(blocks, maxCharacters);
      const context = [...(scope.context ?? []), ...kept.map(({ block }) => block)];
      const prediction = await program.run(input, { ...scope, context });
      const shown = kept.map(({ source, block }) => ({
        source,
        title: block.title,
        characters: sizeOf(block),
        ...(block.origins && { ids: block.origins.map(({ id }) => id) }),
      }));
      return {
        ...prediction,
        diagnostics: {
          ...prediction.diagnostics,
          context: { blocks: shown, dropped: blocks.length - kept.length },
        },
        calls: [...spent, ...prediction.calls],
      };
    },
  };
}

interface Found {
  /** Place of its source among the sources. */
  rank: number;
  source: string;
  block: ContextBlock;
}

function fit(blocks: readonly Found[], maxCharacters: number): readonly Found[] {
  const kept = new Set<Found>();
  let left = maxCharacters;
  for (const rank of new Set(blocks.map((found) => found.rank))) {
    for (const found of blocks.filter((other) => other.rank === rank).reverse()) {
      const size = sizeOf(found.block);
      if (size > left) break; // what is older than a dropped block is dropped too
      kept.add(found);
      left -= size;
    }
  }
  return blocks.filter((found) => kept.has(found));
}

function sizeOf({ title, text }: ContextBlock): number {
  return title.length + 1 + text.length;
}
