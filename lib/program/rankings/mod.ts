/**
 * How examples are ranked. A new ranking is its file and one line here.
 *
 * @module
 */
export { bm25 } from "./bm25.ts";
export { embedding } from "./embedding.ts";
export { fused } from "./fused.ts";
export type { Ranking } from "./ranking.ts";
