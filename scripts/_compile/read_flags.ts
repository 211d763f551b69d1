import type { CompileOptions, Task } from "../../lib/experiment/mod.ts";
import { InputError, suggest } from "../../lib/io/mod.ts";
import type { Mode } from "../../lib/model/mod.ts";
import { type Optimizer, OPTIMIZERS } from "../../lib/optimize/mod.ts";
import { dollars, integer } from "../_eval/read_flags.ts";
import { type Flags, program } from "./flags.ts";

/** Refuses flags that do not go together. */
export function checkFlags({ format, live, replay, record }: Flags): void {
  if (program.args.length > 1) {
    throw new InputError("Too many arguments", { found: program.args.join(" "), expected: "one task" });
  }
  if (!["text", "json"].includes(format)) {
    throw new InputError("Unknown format", { where: "--format", found: format, expected: "text or json" });
  }
  const modes = [live, replay, record].filter(Boolean);
  if (modes.length > 1) {
    throw new InputError("Choose one of --live, --replay, --record", { found: `${modes.length} of them` });
  }
}

/** What the flags say of a compilation. */
export function optionsOf(flags: Flags, task: Task): CompileOptions {
  const { model, prompt, teacher, reflection, seed, budgetUsd, maxCalls } = flags;
  const mode = modeOf(flags);
  return {
    variant: flags.variant ?? onlyVariant(task),
    optimizer: optimizerNamed(flags.optimizer),
    ...(mode && { mode }),
    ...(model !== undefined && { model }),
    ...(prompt !== undefined && { prompt }),
    ...(teacher !== undefined && { teacher }),
    ...(reflection !== undefined && { reflection }),
    ...(seed !== undefined && { seed: integer(seed, "--seed", 0) }),
    ...(budgetUsd !== undefined && { budgetUsd: dollars(budgetUsd) }),
    ...(maxCalls !== undefined && { maxCalls: integer(maxCalls, "--max-calls") }),
  };
}

function modeOf({ live, replay, record }: Flags): Mode | undefined {
  return live ? "live" : replay ? "replay" : record ? "record" : undefined;
}

function onlyVariant({ experiment: { variants } }: Task): string {
  const names = Object.keys(variants);
  if (names.length === 1 && names[0]) return names[0];
  throw new InputError("Which variant?", {
    where: "--variant",
    found: `${names.length} of them`,
    expected: `one of: ${names.join(", ")}`,
    fix: `--variant ${names[0]}`,
  });
}

function optimizerNamed(name: string): Optimizer {
  const found = Object.hasOwn(OPTIMIZERS, name) ? OPTIMIZERS[name] : undefined;
  if (found) return found;
  const known = Object.keys(OPTIMIZERS);
  const near = suggest(name, known);
  throw new InputError(`Unknown optimizer "${name}"`, {
    where: "--optimizer",
    expected: `one of: ${known.join(", ")}`,
    ...(near && { fix: `did you mean ${near}?` }),
  });
}
