import { join } from "node:path";
import { type Behaviour, type ChatRequest, lastUserText } from "../servers/chat_server.ts";

/** A model of the made-up task at a server. */
interface ModelAt {
  baseUrl: string;
  concurrency?: number;
  price?: Record<string, unknown>;
}

/** What a made-up task with a judge is made from. */
export interface JudgedTask {
  cases?: number;
  models: readonly ModelAt[];
  judges: readonly ModelAt[];
  repeats?: number;
  /** Named differently, so that a second task has a version of its own. */
  rubric?: string;
}

/**
 * Writes the folder of a task whose replies are judged. By the last digit of its number a mail gets: the reference's
 * text (0, 5), a broken rule (1, 6), a reply that the judge passes (2, 7) or does not pass (3, 8), prose (4, 9).
 */
export async function writeJudgedTask(folder: string, task: JudgedTask): Promise<string> {
  const { cases = 20, models, judges, repeats = 1, rubric = "Pass if the reply is good. ".repeat(8) } = task;
  const specs = (kind: string, all: readonly ModelAt[]) =>
    all.map((options, index) => `compatible("${kind}-${index + 1}", ${JSON.stringify(options)})`).join(", ");
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(join(folder, "rubric.md"), rubric);
  const rows = Array.from(
    { length: cases },
    (_, index) => `m${index + 1},Mail ${index + 1}: hello,Reference ${index + 1},gift`,
  );
  await Deno.writeTextFile(join(folder, "cases.csv"), `id,mail,reply,state.never\n${rows.join("\n")}\n`);
  await Deno.writeTextFile(
    join(folder, "task.ts"),
    `import { experiment } from "@lib/experiment/mod.ts";
import { compatible } from "@lib/model/mod.ts";
import { predict } from "@lib/program/mod.ts";
import { promptFile } from "@lib/prompt/mod.ts";
import { checkPromises, judge } from "@lib/scoring/mod.ts";
import { compare, signature } from "@lib/signature/mod.ts";
import { z } from "zod";

const Reply = signature({
  name: "mails",
  instructions: "Answer the mail.",
  input: { mail: z.string() },
  output: { reply: compare(z.string(), { by: "judge", judge: "kind" }) },
});

export default experiment({
  name: "mails",
  dataset: "./cases.csv",
  variants: { predict: predict(Reply, { corrections: 0 }) },
  models: [${specs("task", models)}],
  repeats: ${repeats},
  judges: {
    kind: judge(Reply, {
      field: "reply",
      rubric: promptFile("./rubric.md", import.meta.url),
      reference: true,
      models: [${specs("judge", judges)}],
    }),
  },
  checks: { reply: (reply, { state }) => checkPromises(String(reply), { mustNot: String(state?.never) }) },
});
`,
  );
  return folder;
}

/** Number of the mail that a request is about. */
export function mailNumber(request: ChatRequest): number {
  return Number(/Mail (\d+):/.exec(lastUserText(request))?.[1] ?? NaN);
}

const reply = (content: string): Behaviour => ({ kind: "reply", content });

/** What the model of the task answers. */
export function answerMail(request: ChatRequest): Behaviour {
  const n = mailNumber(request);
  const answer = (text: string) => reply(JSON.stringify({ reply: text }));
  switch (n % 5) {
    case 0:
      return answer(`reference ${n}!`);
    case 1:
      return answer(`Have a gift, ${n}.`);
    case 2:
      return answer(`A good answer to ${n}.`);
    case 3:
      return answer(`A bad answer to ${n}.`);
    default:
      return reply("It is a mail.");
  }
}

/** What the judge answers. */
export function judgeMail(request: ChatRequest): Behaviour {
  const good = /<reply>\nA good/.test(lastUserText(request));
  return reply(JSON.stringify({ reason: good ? "All met." : "It is bad.", verdict: good ? "pass" : "fail" }));
}
