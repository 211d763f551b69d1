import type { Split } from "../../lib/dataset/mod.ts";
import type { Selection } from "../../lib/experiment/mod.ts";
import { InputError } from "../../lib/io/mod.ts";
import type { Mode } from "../../lib/model/mod.ts";
import { type Flags, program } from "./flags.ts";

/** Refuses flags that do not go together. */
export function checkFlags(flags: Flags): void {
  if (program.args.length > 1) {
    throw new InputError("Too many arguments", { found: program.args.join(" "), expected: "one task" });
  }
  if (!["text", "json"].includes(flags.format)) {
    throw new InputError("Unknown format", {
      where: "--format",
      found: flags.format,
      expected: "text or json",
    });
  }
  if (flags.engine !== "local") {
    throw new InputError("Unknown engine", { where: "--engine", found: flags.engine, expected: "local" });
  }
  const modes = [flags.live, flags.replay, flags.record].filter(Boolean);
  if (modes.length > 1) {
    throw new InputError("Choose one of --live, --replay, --record", { found: `${modes.length} of them` });
  }
  if (flags.case !== undefined && !flags.showPrompt) {
    throw new InputError("--case goes with --show-prompt", { where: "--case" });
  }
  if (flags.gate !== undefined) share(flags.gate);
  const fixed = ["variants", "models", "prompts", "repeats", "limit", "split", "seed"].filter((flag) =>
    flag in flags
  );
  if (flags.resume !== undefined && fixed.length > 0) {
    throw new InputError("A resumed run keeps its own selection", {
      found: fixed.map((flag) => `--${flag}`).join(", "),
      fix: "leave them out, or start a new run",
    });
  }
}

/** The part of the matrix that the flags choose. */
export function selectionOf(flags: Flags): Selection {
  return {
    ...(flags.variants && { variants: flags.variants }),
    ...(flags.models && { models: flags.models }),
    ...(flags.prompts && { prompts: flags.prompts }),
    ...(flags.split !== undefined && { split: flags.split as Split | "all" }),
    ...(flags.repeats !== undefined && { repeats: integer(flags.repeats, "--repeats") }),
    ...(flags.limit !== undefined && { limit: integer(flags.limit, "--limit") }),
    ...(flags.seed !== undefined && { seed: integer(flags.seed, "--seed", 0) }),
  };
}

/** Where replies may come from, when a flag says so. */
export function modeOf({ live, replay, record }: Flags): Mode | undefined {
  return live ? "live" : replay ? "replay" : record ? "record" : undefined;
}

/** An integer from a flag. */
export function integer(text: string, flag: string, least = 1): number {
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text)) && Number(text) >= least) return Number(text);
  throw new InputError(`Bad value of ${flag}`, {
    where: flag,
    found: JSON.stringify(text),
    expected: `an integer from ${least}`,
  });
}

/** An amount of US dollars from a flag. */
export function dollars(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value > 0 && value < Infinity) return value;
  throw new InputError("Bad value of --budget-usd", {
    where: "--budget-usd",
    found: JSON.stringify(text),
    expected: "a number of US dollars above 0",
  });
}

/** A share from 0 to 1 from the flag `--gate`. */
export function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 1) return value;
  throw new InputError("Bad value of --gate", {
    where: "--gate",
    found: JSON.stringify(text),
    expected: "a number from 0 to 1",
  });
}
