/**
 * Every optimizer with its default settings, under its name on the command line. A new one is its file and one line
 * here.
 *
 * @module
 */
export { bootstrap } from "./bootstrap.ts";
export { calls } from "./per_call.ts";
export { reflect } from "./reflect.ts";
export { search } from "./search.ts";
