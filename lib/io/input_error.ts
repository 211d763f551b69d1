/** What an {@linkcode InputError} says, piece by piece. */
export interface InputErrorDetails {
  /** Where the fault is: a file with line and column, a flag, a variable. */
  where?: string;
  /** What stands there now. */
  found?: string;
  /** What would have been right. */
  expected?: string;
  /** The way out: a command or an edit that helps. */
  fix?: string;
  /** The error below, if any. */
  cause?: unknown;
}

/**
 * Bad input from a person: a flag, a file, a dataset, a configuration. Command lines print it
 * without a stack trace and end with exit code 2, before the first request.
 *
 * @example Usage
 * ```ts
 * import { InputError } from "@lib/io/mod.ts";
 * import assert from "node:assert/strict";
 *
 * const error = new InputError("Unknown task", { where: "argument [task]", found: '"triag"', fix: "use ticket_triage" });
 * assert.match(error.message, /Unknown task\n {2}where: {4}argument/);
 * ```
 */
export class InputError extends Error {
  override readonly name = "InputError";
  /** The pieces of the message. */
  readonly details: InputErrorDetails;

  /**
   * @param what One line that says what is wrong, without a final period.
   * @param details Where, what was found, what was expected, how to fix it.
   */
  constructor(what: string, details: InputErrorDetails = {}) {
    const { where, found, expected, fix, cause } = details;
    const rows = [["where", where], ["found", found], ["expected", expected], ["fix", fix]]
      .filter(([, text]) => text !== undefined)
      .map(([label, text]) => `  ${`${label}:`.padEnd(10)}${text}`);
    super([what, ...rows].join("\n"), { cause });
    this.details = details;
  }
}
