import { listTasks } from "../lib/experiment/mod.ts";
import { InputError } from "../lib/io/mod.ts";

/** The task of a command that names none: the shipped first one, or the only one. */
export async function defaultTask(command: string): Promise<string> {
  const known = await listTasks();
  const [first] = known;
  if (known.includes("ticket_triage")) return "ticket_triage";
  if (first !== undefined && known.length === 1) return first;
  throw new InputError("Which task?", {
    expected: `one of: ${known.join(", ")}`,
    fix: `deno task ${command} TASK`,
  });
}
