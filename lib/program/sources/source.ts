import type { Call } from "../../model/mod.ts";
import type { ContextBlock } from "../../prompt/mod.ts";
import type { Failure, Forecast, ProgramDescription, Scope } from "../types.ts";

/** What a source found: background, or why the whole ends without it; and what it cost to find out. */
export type Gathered =
  | { status: "ok"; blocks: readonly ContextBlock[]; calls?: readonly Call[] }
  | { status: "abstained"; reason: string; calls: readonly Call[] }
  | { status: "failed"; failure: Failure; calls: readonly Call[] };

/**
 * Where background for a call comes from. A new one is one file: a function that returns this.
 */
export interface ContextSource {
  readonly name: string;
  /** Everything that changes what it gathers. */
  describe(): Omit<ProgramDescription, "strategy">;
  /** Finds background for an input; blocks in the order in which they are shown, the most dispensable first. */
  gather(input: Readonly<Record<string, unknown>>, scope: Scope): Gathered | Promise<Gathered>;
  /** What gathering costs. @default {no call} */
  forecast?(): Forecast;
}
