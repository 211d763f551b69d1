import { z } from "zod";
import { predict } from "../../program/mod.ts";
import { signature } from "../../signature/mod.ts";

const BRIEF = `You improve the instructions that a language model follows.
You see the instructions as they are, what the model must fill in, and cases in which it failed, each with its fault.
Find what the instructions leave open or say wrongly, and write them anew. Keep what is right in them. Write general
rules that hold for cases you have not seen: never repeat the text, names or numbers of a case. Where earlier attempts
are listed, do something else.`;

/** What a model that rewrites instructions is asked, and what it answers. */
function rewriteSignature() {
  return signature({
    name: "reflection",
    instructions: BRIEF,
    input: {
      instructions: z.string().describe("The instructions as they are"),
      fields: z.string().describe("What the model must fill in"),
      failures: z.string().describe("Cases in which it failed"),
      attempts: z.string().describe("Earlier attempts that were not taken, and why"),
    },
    output: {
      diagnosis: z.string().describe("Why the model failed, in at most two sentences"),
      rewritten: z.string().describe("The whole new instructions"),
    },
  });
}

/** One call to the model that rewrites; made when it is needed, as every command loads this room. */
export function rewriter() {
  return predict(rewriteSignature(), { maxTokens: 800 });
}
