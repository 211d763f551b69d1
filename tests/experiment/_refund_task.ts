import { experiment, type ExperimentDefinition, openTask, type Task } from "@lib/experiment/mod.ts";
import { compatible, type CompatibleOptions } from "@lib/model/mod.ts";
import { join } from "node:path";
import { answerTo } from "../program/_strategies.ts";
import type { Behaviour, ChatRequest } from "../servers/chat_server.ts";

/** What a task about refunds is made from; it needs no module of its own, so its variants are plain values. */
export interface RefundTask {
  /** Where its cases are written. */
  folder: string;
  models: readonly (CompatibleOptions & { model?: string })[];
  variants: ExperimentDefinition["variants"];
  /** Cells of each case by column, beside those of {@linkcode refundRow}. */
  cases: readonly Readonly<Record<string, string>>[];
  repeats?: number;
}

/** Writes the cases of a task and opens it. */
export async function refundTask({ folder, models, variants, cases, repeats }: RefundTask): Promise<Task> {
  const columns = [...new Set(cases.flatMap((row) => Object.keys(row)))];
  const quoted = (cells: readonly string[]) =>
    cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(",");
  const lines = cases.map((row) => quoted(columns.map((column) => row[column] ?? "")));
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(join(folder, "cases.csv"), [columns.join(","), ...lines, ""].join("\n"));
  const made = experiment({
    name: "refunds",
    dataset: "./cases.csv",
    variants,
    models: models.map(({ model = "test-model", ...options }) => compatible(model, options)),
    ...(repeats !== undefined && { repeats }),
  });
  return await openTask(made, folder);
}

/** What is right for ticket number `n`. */
export function truthOf(n: number): { reason: "late" | "broken"; share: number } {
  return { reason: n % 2 ? "late" : "broken", share: n };
}

/** The cells of case number `n`, 1 to 100. */
export function refundRow(n: number, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { reason, share } = truthOf(n);
  return { id: `r${n}`, ticket: `Ticket ${n}: I want my money back.`, reason, share: String(share), ...more };
}

/** Number of the ticket that a request asks about; earlier tickets and examples may stand in it too. */
export function ticketNumber({ body }: ChatRequest): number {
  const asked = body.messages.findLast(({ content }) => String(content).includes("<ticket>\nTicket "));
  return Number(/<ticket>\nTicket (\d+):/.exec(String(asked?.content))?.[1] ?? NaN);
}

/** Rollout of a request of run seed 1. */
export function rolloutOf({ body }: ChatRequest): number {
  return Number(body.seed) - 1_000_003;
}

/** The right answer to a request. */
export function rightAnswer(request: ChatRequest): Behaviour {
  const { reason, share } = truthOf(ticketNumber(request));
  return { kind: "reply", content: answerTo(request, reason, share) };
}
