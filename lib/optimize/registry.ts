import * as all from "./optimizers/mod.ts";
import type { Optimizer } from "./types.ts";

/** Every optimizer by its name on the command line, with its default settings. */
export const OPTIMIZERS: Readonly<Record<string, Optimizer>> = { ...all };
