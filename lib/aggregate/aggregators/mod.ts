/**
 * Every aggregator, as a task names it. A new one is its file and one line here.
 *
 * @module
 */
export { majority, type MajorityOptions } from "./majority.ts";
export { median, type MedianOptions } from "./median.ts";
export { medoid, type MedoidOptions } from "./medoid.ts";
export { members, type MembersOptions } from "./members.ts";
export { positions, type PositionsOptions } from "./positions.ts";
export { rows, type RowsOptions } from "./rows.ts";
