import type { CompatibleOptions } from "@lib/model/mod.ts";
import { join } from "node:path";
import { type Behaviour, type ChatRequest, lastUserText } from "../servers/chat_server.ts";

/** Colours of the made-up task. */
export const COLOURS = ["red", "green", "blue"] as const;

/** What is asked of a note, and the truth of it. */
export interface NoteAnswer {
  colour: string;
  kilos: number;
  owner: string | null;
}

/** A model of the made-up task. */
export type MadeUpModel = CompatibleOptions & { model?: string };

/** What {@linkcode writeTask} writes. */
export interface MadeUpTask {
  /** @default {20} */
  cases?: number;
  models: readonly MadeUpModel[];
  /** TypeScript of the variants. @default {'predict: predict(Notes, { corrections: 0 })'} */
  variants?: string;
  /** @default {1} */
  repeats?: number;
  /** Content of `cases.csv` in place of the made-up notes. */
  csv?: string;
  /** TypeScript that is put before the experiment. @default {""} */
  code?: string;
}

/** The truth of note number `n`. */
export function truthOf(n: number): NoteAnswer {
  return { colour: COLOURS[n % 3] ?? "", kilos: n % 7 + 1, owner: n % 4 === 0 ? null : `Ann-${n}` };
}

/** The text of note number `n`; all that the server needs for its answer. */
export function noteOf(n: number): string {
  const { colour, kilos, owner } = truthOf(n);
  return `Note ${n}: the ${colour} box weighs ${kilos} kg, ask ${owner ?? "nobody"}.`;
}

/** The cases as CSV, numbered from 1. */
export function csvOf(cases: number): string {
  const rows = Array.from({ length: cases }, (_, index) => {
    const { colour, kilos, owner } = truthOf(index + 1);
    return `n${index + 1},"${noteOf(index + 1)}",${colour},${kilos},${owner ?? ""}`;
  });
  return `id,note,colour,kilos,owner\n${rows.join("\n")}\n`;
}

/** Writes the folder of a task that sorts notes; its server is this file's {@linkcode answerNote}. */
export async function writeTask(folder: string, task: MadeUpTask): Promise<string> {
  const { cases = 20, models, repeats = 1, code = "" } = task;
  const variants = task.variants ?? "predict: predict(Notes, { corrections: 0 })";
  const specs = models.map(({ model = "test-model", ...options }) =>
    `compatible(${JSON.stringify(model)}, ${JSON.stringify(options)})`
  );
  await Deno.mkdir(join(folder, "prompts"), { recursive: true });
  await Deno.writeTextFile(join(folder, "prompts", "sort.md"), `${"Sort the note. ".repeat(10)}\n`);
  await Deno.writeTextFile(join(folder, "cases.csv"), task.csv ?? csvOf(cases));
  await Deno.writeTextFile(
    join(folder, "task.ts"),
    `import { experiment } from "@lib/experiment/mod.ts";
import { compatible } from "@lib/model/mod.ts";
import { chainOfThought, predict, workflow } from "@lib/program/mod.ts";
import { promptFile } from "@lib/prompt/mod.ts";
import { compare, signature } from "@lib/signature/mod.ts";
import { z } from "zod";

export const Notes = signature({
  name: "notes",
  instructions: promptFile("./prompts/sort.md", import.meta.url),
  input: { note: z.string().min(1).describe("A note") },
  output: {
    colour: z.enum(${JSON.stringify(COLOURS)}).describe("Colour of the box"),
    kilos: z.number().describe("Weight in kg"),
    owner: compare(z.string().nullable(), { by: "exact", groundedIn: "note" }).describe("Whom to ask"),
  },
});
${code}
void [chainOfThought, workflow];
export default experiment({
  name: "notes",
  dataset: "./cases.csv",
  variants: { ${variants} },
  models: [${specs.join(", ")}],
  repeats: ${repeats},
});
`,
  );
  return folder;
}

/** Number of the note that a request is about. */
export function noteNumber(request: ChatRequest): number {
  return Number(/Note (\d+):/.exec(lastUserText(request))?.[1] ?? NaN);
}

/** Repeat (rollout) of a request, from 0: the wire seed of run seed 1 is 1000003 + rollout. */
export function repeatOf(request: ChatRequest): number {
  return Number(request.body.seed) - 1_000_003;
}

/**
 * The answer of the made-up server: right for most notes; by the last digit of the note a wrong colour (0), a
 * missing owner (1), a made-up owner (2), prose (3), a cut reply (4); note 5 is wrong in odd repeats only.
 */
export function answerNote(request: ChatRequest): Behaviour {
  const n = noteNumber(request);
  const truth = truthOf(n);
  const reply = (answer: NoteAnswer): Behaviour => ({ kind: "reply", content: JSON.stringify(answer) });
  switch (n % 10) {
    case 0:
      return reply({ ...truth, colour: COLOURS[(n + 1) % 3] ?? "" });
    case 1:
      return reply({ ...truth, owner: null });
    case 2:
      return reply({ ...truth, owner: `Bob-${n}` });
    case 3:
      return { kind: "reply", content: "It is a box." };
    case 4:
      return { kind: "length", content: '{"colour": "r' };
    case 5:
      return reply(repeatOf(request) % 2 === 1 ? { ...truth, kilos: truth.kilos + 1 } : truth);
    default:
      return reply(truth);
  }
}
