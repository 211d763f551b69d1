/**
 * Every stopping rule, as a task names it. A new one is its file and one line here.
 *
 * @module
 */
export { adaptive, type AdaptiveOptions, leadProbability } from "./adaptive.ts";
export { fixed } from "./fixed.ts";
export { precise, type PreciseOptions } from "./precise.ts";
export { unanimous, type UnanimousOptions } from "./unanimous.ts";
