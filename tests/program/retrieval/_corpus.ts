import { type Corpus, corpusOf } from "@lib/program/mod.ts";
import { signature } from "@lib/signature/mod.ts";
import { z } from "zod";

/** A task with one text as its input. */
export const Team = signature({
  name: "team",
  instructions: "Name the team.",
  input: { mail: z.string() },
  output: { team: z.string() },
});

/** A corpus of mails, `m0`, `m1`, … */
export function corpusOfMails(mails: readonly string[]): Corpus {
  const cases = mails.map((mail, at) => ({ id: `m${at}`, input: { mail }, expected: { team: `t${at}` } }));
  return corpusOf({ signature: Team, from: "mails.csv", cases });
}
