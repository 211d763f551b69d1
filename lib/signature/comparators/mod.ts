/**
 * Every comparator under the name that a signature declares. A new one is its file and one line here.
 *
 * @module
 */
export { date } from "./date.ts";
export { enumeration as enum } from "./enumeration.ts";
export { exact } from "./exact.ts";
export { judged as judge } from "./judged.ts";
export { list } from "./list.ts";
export { number } from "./number.ts";
export { objects } from "./objects.ts";
export { percentage as percent } from "./percent.ts";
export { set } from "./set.ts";
export { text } from "./text.ts";
