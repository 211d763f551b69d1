import type { RunStatus } from "../../lib/experiment/mod.ts";
import type { Flags } from "./flags.ts";
import { modeOf } from "./read_flags.ts";

/** The command that goes on with a run, under the limits and with the output of this one; a budget that is used up is doubled. */
export function resumeCommand(
  task: string,
  flags: Flags,
  { status, id }: { status: RunStatus; id: string },
): string {
  const { concurrency, budgetUsd, baseline, gate, fields, calls, format } = flags;
  const mode = flags.resume === undefined ? undefined : modeOf(flags); // else the run itself keeps it
  const budget = status === "budget" ? String(2 * Number(budgetUsd)) : budgetUsd;
  const words = [
    task,
    "--resume",
    id,
    ...(mode === undefined ? [] : [`--${mode}`]),
    ...(concurrency === undefined ? [] : ["--concurrency", concurrency]),
    ...(budget === undefined ? [] : ["--budget-usd", budget]),
    ...(baseline === undefined ? [] : ["--baseline", baseline]),
    ...(gate === undefined ? [] : ["--gate", gate]),
    ...(fields ? ["--fields"] : []),
    ...(calls ? ["--calls"] : []),
    ...(format === "text" ? [] : ["--format", format]),
  ];
  const quoted = words.map((word) =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
  );
  return `deno task eval ${quoted.join(" ")}`;
}
