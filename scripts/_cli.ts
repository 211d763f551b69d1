import { type Command, CommanderError } from "commander";
import { InputError } from "../lib/io/mod.ts";

/** Exit codes, the same for every command. */
export const EXIT = {
  done: 0,
  gate: 1,
  input: 2,
  infrastructure: 3,
  budget: 4,
  interrupted: 130,
  terminated: 143,
  /** A bug of Assay or of a task's code, with its stack trace. */
  bug: 70,
} as const;

/** Interruption by Ctrl-C or SIGTERM: the first asks for an end, a second one ends at once. */
export interface Interruption {
  signal: AbortSignal;
  /** 130 or 143 once interrupted. */
  code(): number | undefined;
}

/** Listens for Ctrl-C and SIGTERM. */
export function listenForInterruption(): Interruption {
  const controller = new AbortController();
  let code: number | undefined;
  const listen = (signal: Deno.Signal, exitCode: number) =>
    Deno.addSignalListener(signal, () => {
      if (code !== undefined) Deno.exit(code);
      code = exitCode;
      controller.abort(new DOMException("interrupted", "AbortError"));
    });
  listen("SIGINT", EXIT.interrupted);
  if (Deno.build.os !== "windows") listen("SIGTERM", EXIT.terminated);
  return { signal: controller.signal, code: () => code };
}

/**
 * Parses the command line, runs the action and ends the process with its code. Bad input is printed without a
 * stack trace and gives code 2; a bug is printed with it and gives 70, which is no code of a gate.
 */
export async function runCommand(program: Command, action: () => Promise<number>): Promise<never> {
  try {
    program.exitOverride().parse(Deno.args, { from: "user" });
    Deno.exit(await action());
  } catch (error) {
    if (error instanceof CommanderError) Deno.exit(error.exitCode === 0 ? EXIT.done : EXIT.input);
    const bug = !(error instanceof InputError);
    console.error(bug ? error : `error: ${error.message}`);
    Deno.exit(bug ? EXIT.bug : EXIT.input);
  }
}

/** Splits a list flag: `a,b`. */
export function list(text: string): string[] {
  return text.split(",").map((part) => part.trim()).filter((part) => part !== "");
}

/** Commit of the code with `+` when files were changed, or `undefined` outside a checkout. */
export async function codeCommit(): Promise<string | undefined> {
  try {
    const args = ["describe", "--always", "--exclude=*", "--abbrev=12", "--dirty=+"];
    const { success, stdout } = await new Deno.Command("git", { args, stderr: "null" }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined; // no git on this machine
    throw error;
  }
}
