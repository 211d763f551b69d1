import type { ContextBlock } from "../../prompt/mod.ts";
import type { EarlierCase } from "../types.ts";
import type { ContextSource } from "./source.ts";

/** Options of {@linkcode priorOutputs}. */
export interface PriorOutputsOptions {
  /** Most earlier cases. @default {3} */
  last?: number;
  /** Input fields of an earlier case that are shown. @default {all} */
  inputs?: readonly string[];
  /**
   * A case's truth is shown in place of its prediction from the so-manieth case after it on: with 1, each message
   * was settled by a person before the next one came. @default {never}
   */
  truthAfter?: number;
}

/**
 * Earlier cases of the same session with what was answered, oldest first, a block each. Never the case under
 * test, never a later one.
 */
export function priorOutputs(options: PriorOutputsOptions = {}): ContextSource {
  const { last = 3, inputs, truthAfter } = options;
  if (!Number.isInteger(last) || last < 1) {
    throw new RangeError(
      `Cannot show earlier cases as last must be an integer >= 1: current value is ${last}`,
    );
  }
  if (truthAfter !== undefined && (!Number.isInteger(truthAfter) || truthAfter < 1)) {
    throw new RangeError(
      `Cannot show truths as truthAfter must be an integer >= 1 further cases: current value is ${truthAfter}`,
    );
  }
  return {
    name: "priorOutputs",
    describe: () => ({ last, ...(inputs && { inputs }), ...(truthAfter !== undefined && { truthAfter }) }),
    gather(_input, { case: under }) {
      const earlier = under?.earlier ?? [];
      const blocks = earlier.map((entry, index): ContextBlock => {
        const known = truthAfter !== undefined && earlier.length - index >= truthAfter;
        return {
          title: `Earlier message ${index + 1} of the same customer`,
          text: [...shownInputs(entry, inputs), answerOf(entry, known)].join("\n"),
          origins: [originOf(entry)],
        };
      });
      return { status: "ok", blocks: blocks.slice(-last) };
    },
  };
}

function shownInputs({ input }: EarlierCase, names: readonly string[] | undefined): string[] {
  return Object.entries(input)
    .filter(([name]) => names === undefined || names.includes(name))
    .map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`);
}

function answerOf({ output, expected }: EarlierCase, known: boolean): string {
  if (known) return `right answer: ${JSON.stringify(expected)}`;
  return output ? `answered: ${JSON.stringify(output)}` : "not answered";
}

function originOf({ id, input }: EarlierCase) {
  return { id, input };
}
